using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>A preview of a link in a text, made by the caller: nothing is fetched here.</summary>
/// <param name="Link">The link as in the text.</param>
/// <param name="Title">The page's title.</param>
/// <param name="Description">The text under the title.</param>
/// <param name="Thumbnail">A small JPEG.</param>
public sealed record LinkPreview(
    string Link,
    string Title,
    string? Description = null,
    byte[]? Thumbnail = null
);

/// <summary>A contact to be sent.</summary>
/// <param name="Name">As it is shown.</param>
/// <param name="VCard">The card, vCard 3.0; see <see cref="OfPhone"/>.</param>
public sealed record ContactCard(string Name, string VCard)
{
    /// <summary>A card with a name and a phone number that is on WhatsApp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="phone">International, digits only.</param>
    /// <exception cref="ArgumentException">The number has other characters.</exception>
    public static ContactCard OfPhone(string name, string phone) => OfPhones(name, [phone]);

    /// <summary>A card with a name and phone numbers that are on WhatsApp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="phones">International, digits only; at least one.</param>
    /// <exception cref="ArgumentException">There is none, or one has other characters.</exception>
    internal static ContactCard OfPhones(string name, IReadOnlyList<string> phones)
    {
        if (phones.Count == 0 || phones.Any(p => p.Length == 0 || !p.All(char.IsAsciiDigit)))
            throw new ArgumentException("A phone number has digits only.", nameof(phones));
        var text = name.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\r", "", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace(",", "\\,", StringComparison.Ordinal)
            .Replace(";", "\\;", StringComparison.Ordinal);
        var numbers = string.Concat(
            phones.Select(phone => $"TEL;type=CELL;type=VOICE;waid={phone}:+{phone}\n")
        );
        return new(name, $"BEGIN:VCARD\nVERSION:3.0\nN:;{text};;;\nFN:{text}\n{numbers}END:VCARD");
    }
}

/// <summary>A place.</summary>
/// <param name="Latitude">Degrees, -90 to 90.</param>
/// <param name="Longitude">Degrees, -180 to 180.</param>
/// <param name="Name">The place's name.</param>
/// <param name="Address">Its address.</param>
public sealed record Place(
    double Latitude,
    double Longitude,
    string? Name = null,
    string? Address = null
);

/// <content>Texts, and messages about messages.</content>
public sealed partial class MessageContent
{
    /// <summary>A text.</summary>
    public static MessageContent Text(string text) => new(new() { Conversation = text });

    /// <summary>A text with a link and its preview.</summary>
    /// <exception cref="ArgumentException">The text does not contain the link.</exception>
    public static MessageContent Text(string text, LinkPreview preview)
    {
        if (!text.Contains(preview.Link, StringComparison.Ordinal))
            throw new ArgumentException(
                "The text must contain the previewed link.",
                nameof(preview)
            );
        var extended = new ExtendedTextMessage
        {
            Text = text,
            MatchedText = preview.Link,
            Title = preview.Title,
            PreviewType = ExtendedTextMessage.Types.PreviewType.None,
        };
        if (preview.Description is { } description)
            extended.Description = description;
        if (Bytes(preview.Thumbnail) is { } thumbnail)
            extended.JpegThumbnail = thumbnail;
        return new(new() { ExtendedTextMessage = extended });
    }

    /// <summary>A reaction, such as a heart; it takes the place of an earlier one to the same message.</summary>
    /// <param name="target">The message.</param>
    /// <param name="emoji">One emoji; empty takes the reaction back.</param>
    /// <param name="at">When.</param>
    public static MessageContent Reaction(
        MessageReference target,
        string emoji,
        DateTimeOffset at
    ) =>
        new(
            new()
            {
                ReactionMessage = new()
                {
                    Key = target.ToKey(),
                    Text = emoji,
                    SenderTimestampMs = at.ToUnixTimeMilliseconds(),
                },
            }
        );

    /// <summary>Replaces what an own message says.</summary>
    /// <param name="target">The own message.</param>
    /// <param name="changed">What it says now.</param>
    /// <param name="at">When.</param>
    /// <exception cref="ArgumentException">The message is not our own.</exception>
    public static MessageContent Edit(
        MessageReference target,
        MessageContent changed,
        DateTimeOffset at
    )
    {
        if (!target.FromMe)
            throw new ArgumentException("Only own messages can be edited.", nameof(target));
        var edit = new ProtocolMessage
        {
            Key = target.ToKey(),
            Type = ProtocolMessage.Types.Type.MessageEdit,
            EditedMessage = changed.ToMessage(),
            TimestampMs = at.ToUnixTimeMilliseconds(),
        };
        return new(new() { EditedMessage = new() { Message = new() { ProtocolMessage = edit } } });
    }

    /// <summary>Deletes a message for everyone: an own one, or as a group's admin one of someone else.</summary>
    public static MessageContent Delete(MessageReference target) =>
        new(
            new()
            {
                ProtocolMessage = new()
                {
                    Key = target.ToKey(),
                    Type = ProtocolMessage.Types.Type.Revoke,
                },
            }
        );

    /// <summary>Sets the timer of a conversation of two, after which its new messages disappear. Zero: they stay.</summary>
    public static MessageContent DisappearingTimer(TimeSpan time, DateTimeOffset at) =>
        new(
            new()
            {
                ProtocolMessage = new()
                {
                    Type = ProtocolMessage.Types.Type.EphemeralSetting,
                    EphemeralExpiration = (uint)time.TotalSeconds,
                    EphemeralSettingTimestamp = at.ToUnixTimeSeconds(),
                },
            }
        );

    /// <summary>A place on the map.</summary>
    /// <exception cref="ArgumentException">There is no such place.</exception>
    public static MessageContent Location(Place place)
    {
        if (place.Latitude is not (>= -90 and <= 90) || place.Longitude is not (>= -180 and <= 180))
            throw new ArgumentException(
                "A latitude is from -90 to 90, a longitude from -180 to 180 degrees.",
                nameof(place)
            );
        var location = new LocationMessage
        {
            DegreesLatitude = place.Latitude,
            DegreesLongitude = place.Longitude,
        };
        if (place.Name is { } name)
            location.Name = name;
        if (place.Address is { } address)
            location.Address = address;
        return new(new() { LocationMessage = location });
    }

    /// <summary>One or more contacts.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static MessageContent Contacts(params IReadOnlyList<ContactCard> cards)
    {
        var contacts = cards
            .Select(card => new ContactMessage { DisplayName = card.Name, Vcard = card.VCard })
            .ToList();
        return contacts switch
        {
            [] => throw new ArgumentException("There must be a contact to send.", nameof(cards)),
            [var one] => new(new() { ContactMessage = one }),
            _ => new(
                new()
                {
                    ContactsArrayMessage = new()
                    {
                        DisplayName = $"{contacts.Count} contacts",
                        Contacts = { contacts },
                    },
                }
            ),
        };
    }

    /// <summary>An invitation to a group, by its invite code.</summary>
    public static MessageContent GroupInvite(
        Jid group,
        string code,
        string name,
        DateTimeOffset expires,
        string? caption = null
    )
    {
        var invite = new GroupInviteMessage
        {
            GroupJid = group.ToString(),
            InviteCode = code,
            GroupName = name,
            InviteExpiration = expires.ToUnixTimeSeconds(),
        };
        if (caption is not null)
            invite.Caption = caption;
        return new(new() { GroupInviteMessage = invite });
    }

    private static ByteString? Bytes(byte[]? bytes) =>
        bytes is null ? null : ByteString.CopyFrom(bytes);
}
