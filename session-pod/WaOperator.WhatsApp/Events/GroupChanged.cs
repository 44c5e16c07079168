using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Events;

/// <summary>Something about a group changed.</summary>
public sealed record GroupChanged : SessionEvent
{
    private const int MaxMembers = 10_000;
    private const int WeightOfMember = 64;

    /// <summary>The group.</summary>
    public required Jid Group { get; init; }

    /// <summary>The notification's id.</summary>
    public string? Id { get; init; }

    /// <summary>Who changed it.</summary>
    public Jid? Actor { get; init; }

    /// <summary>The same by phone number, where it is known.</summary>
    public Jid? ActorPn { get; init; }

    /// <summary>Unix seconds; null: not told.</summary>
    public long? Timestamp { get; init; }

    /// <summary>What changed, in order.</summary>
    public required IReadOnlyList<GroupChange> Changes { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Group;

    internal override int Weight =>
        FixedWeight
        + Changes.Sum(c => FixedWeight + WeightOfMember * (c.Members.Count + c.Linked.Count));

    /// <summary>Reads the server's notification.</summary>
    internal static GroupChanged Of(BinaryNode notification, Jid group) =>
        new()
        {
            Group = group,
            Id = Given(notification["id"]),
            Actor = Address(notification["participant"]),
            ActorPn = Address(notification["participant_pn"]),
            Timestamp = UnixSeconds(notification["t"]),
            Changes = [.. notification.Children.Select(Change)],
        };

    /// <summary>A time as the server writes it; null: it is none.</summary>
    internal static long? UnixSeconds(string? text) =>
        long.TryParse(
            text,
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var seconds
        )
            ? seconds
            : null;

    internal static Jid? Address(string? text) => Jid.TryParse(text, out var jid) ? jid : null;

    private static GroupChange Change(BinaryNode change)
    {
        // The subject is that of the group itself, not of those that it is linked with.
        var links = change.Tag is "link" or "unlink";
        var subject = links ? null : change["subject"] ?? change.Child("group")?["subject"];
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in change.Attributes)
            if (name != "subject")
                attributes[name] = value;
        return new()
        {
            Action = change.Tag,
            Members =
            [
                .. (change.Child("group") ?? change)
                    .ChildrenWith("participant")
                    .Take(MaxMembers)
                    .Select(member => Address(member["jid"]))
                    .OfType<Jid>(),
            ],
            Subject = Given(subject),
            Description = change.Child("body")?.Text,
            Linked = links
                ? [.. change.ChildrenWith("group").Take(MaxMembers).Select(Target).OfType<Jid>()]
                : [],
            Attributes = attributes,
        };
    }

    private static Jid? Target(BinaryNode group) => Jid.OfGroup(group["jid"] ?? group["id"]);

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>One change of a group.</summary>
public sealed record GroupChange
{
    /// <summary>What was done, in the server's word: add, remove, promote, demote, leave, subject, description, announcement, locked, ephemeral, create, delete, link, unlink, ...</summary>
    public required string Action { get; init; }

    /// <summary>Whom it is about.</summary>
    public IReadOnlyList<Jid> Members { get; init; } = [];

    /// <summary>The new subject.</summary>
    public string? Subject { get; init; }

    /// <summary>The new description.</summary>
    public string? Description { get; init; }

    /// <summary>
    /// Of link and unlink: the groups with which the group is linked now, or no longer. Those of a community where
    /// <see cref="GroupChanged.Group"/> is one, and its community where it is a group in one.
    /// </summary>
    public IReadOnlyList<Jid> Linked { get; init; } = [];

    /// <summary>What else the server says about the change, such as reason, code or expiration.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } =
        new Dictionary<string, string>();

    /// <summary>Without names and addresses.</summary>
    public override string ToString() => Action;
}
