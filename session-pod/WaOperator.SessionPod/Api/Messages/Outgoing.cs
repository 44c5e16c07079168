using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Turns the body of a request into a draft of a message, or says what is wrong with it. Pure; no clock, no I/O.</summary>
internal static class Outgoing
{
    private const int MaxMentions = 256;
    private const int MaxDisappear = 31_536_000;
    private const int MaxMetadata = 16;
    private const int MaxKey = 64;
    private const int MaxValue = 512;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body: any bytes give a draft or a sentence.</summary>
    /// <param name="body">JSON in UTF-8.</param>
    /// <param name="draft">The message.</param>
    /// <param name="wrong">What is wrong; null if nothing is.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> body,
        [NotNullWhen(true)] out Draft? draft,
        [NotNullWhen(false)] out BodyFault? wrong
    )
    {
        draft = null;
        if (body.StartsWith(ByteOrderMark))
            body = body[ByteOrderMark.Length..];
        try
        {
            if (JsonSerializer.Deserialize(body, MessageJson.Default.SendRequest) is { } request)
                return TryRead(request, out draft, out wrong);
            wrong = new("#", "the body is null");
        }
        catch (JsonException e)
        {
            wrong = new(BodyFault.PointerOf(e), $"the body is not a valid message: {e.Message}");
        }
        return false;
    }

    /// <summary>Reads a request.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="draft">The message.</param>
    /// <param name="wrong">What is wrong; null if nothing is.</param>
    public static bool TryRead(
        SendRequest request,
        [NotNullWhen(true)] out Draft? draft,
        [NotNullWhen(false)] out BodyFault? wrong
    )
    {
        (draft, wrong) = (null, null);
        try
        {
            draft = Read(request);
        }
        catch (BodyFaultException e)
        {
            wrong = e.Fault;
        }
        return wrong is null;
    }

    private static Draft Read(SendRequest request)
    {
        var to =
            request.To == Jid.Status.ToString() ? Jid.Status : Fields.Address(request.To, "#/to");
        var id = request.Id is { } given ? Fields.Id(given) : null;
        RefuseUnsupported(request);
        var draft = new Draft
        {
            Id = id ?? OutgoingMessage.NewId(),
            Named = id is not null,
            To = to,
            Audience = request.Audience is { } audience ? ReadAudience(audience) : null,
            Request = request with { Id = null },
            Content = Kinds.Read(request),
            ReplyTo = request.ReplyTo is { } name ? Fields.Message(name, "#/replyTo") : null,
            Mentions = request.Mentions is { } people ? ReadMentions(people) : [],
            DisappearAfter = request.DisappearAfter is { } seconds
                ? TimeSpan.FromSeconds(Fields.Within(seconds, 1, MaxDisappear, "#/disappearAfter"))
                : null,
            ViewOnce = request.ViewOnce == true,
            SendAt = request.SendAt?.ToUniversalTime(),
            ExpiresAt = request.ExpiresAt?.ToUniversalTime(),
            Metadata = request.Metadata is { Count: > 0 } metadata ? ReadMetadata(metadata) : null,
        };
        RefuseMisfits(draft);
        return draft;
    }

    private static void RefuseUnsupported(SendRequest request)
    {
        if (request.Priority is not (null or "normal" or "bulk"))
            throw Fields.Wrong("#/priority", "\"priority\" is normal or bulk");
        if (request.Priority == "bulk")
            throw Fields.NotSupported(
                "#/priority",
                "\"priority\": bulk is not supported; leave it out, or make a broadcast, which yields to other messages"
            );
    }

    private static Dictionary<string, string> ReadMetadata(
        IReadOnlyDictionary<string, string?> given
    )
    {
        if (given.Count > MaxMetadata)
            throw Fields.Wrong("#/metadata", $"\"metadata\" may have up to {MaxMetadata} entries");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
            metadata[key] =
                key.Length is >= 1 and <= MaxKey && value is { Length: <= MaxValue }
                    ? value
                    : throw Fields.Wrong(
                        "#/metadata",
                        $"\"metadata\": its names have 1 to {MaxKey} characters, its values are texts of up to {MaxValue}"
                    );
        return metadata;
    }

    private static List<Jid> ReadMentions(IReadOnlyList<string?> people) =>
        ReadAccounts(
            Fields.List(people, 0, MaxMentions, "#/mentions"),
            "#/mentions",
            "people are mentioned, not groups"
        );

    private static List<Jid> ReadAudience(IReadOnlyList<string?> people) =>
        ReadAccounts(
            Fields.List(people, 1, OutgoingMessage.MaxAudience, "#/audience"),
            "#/audience",
            "a status is shown to accounts, not to groups"
        );

    private static List<Jid> ReadAccounts(
        IReadOnlyList<string?> people,
        string pointer,
        string noGroups
    )
    {
        var accounts = new List<Jid>(people.Count);
        foreach (var person in people)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{pointer}/{accounts.Count}");
            var jid = Fields.Address(person, at);
            if (jid.IsGroup)
                throw Fields.Wrong(at, noGroups);
            accounts.Add(jid);
        }
        return accounts;
    }

    /// <summary>A status says little, and to those that are named.</summary>
    private static void RefuseMisfitsOfStatus(Draft draft)
    {
        if (!draft.To.IsStatus)
        {
            if (draft.Audience is not null)
                throw Fields.Wrong(
                    "#/audience",
                    "\"audience\" is for a status: \"to\" is status@broadcast"
                );
            return;
        }
        if (!IsOfStatus(draft))
            throw Fields.Wrong(
                "#",
                "a status is a text, a picture, a video or a voice note; a reaction to one and a deletion can be sent, too"
            );
        if (draft is { Audience: not null, Content: ReactionContent })
            throw Fields.Wrong(
                "#/audience",
                "\"audience\" does not fit a reaction: it goes to the author of the status"
            );
        if (draft.Audience is null && draft.Content is not (ReactionContent or DeleteContent))
            throw Fields.Wrong(
                "#/audience",
                "\"audience\" is missing: say whom the status is shown to"
            );
        foreach (
            var (field, given) in ((string, bool)[])
                [
                    ("replyTo", draft.ReplyTo is not null),
                    ("disappearAfter", draft.DisappearAfter is not null),
                    ("viewOnce", draft.ViewOnce),
                ]
        )
            if (given)
                throw Fields.Wrong($"#/{field}", $"\"{field}\" does not fit a status");
    }

    private static bool IsOfStatus(Draft draft) =>
        draft.Content switch
        {
            ReadyContent => draft.Request.Text is not null,
            FileContent file => file.Kind is "image" or "video" or "voice",
            RawContent or ReactionContent or DeleteContent => true,
            _ => false,
        };

    /// <summary>What is said about a message must fit its kind.</summary>
    private static void RefuseMisfits(Draft draft)
    {
        RefuseMisfitsOfStatus(draft);
        if (
            draft.ViewOnce
            && draft.Content is not FileContent { Kind: "image" or "video" or "voice" }
        )
            throw Fields.Wrong(
                "#/viewOnce",
                "only a picture, a video or a voice note can be for one view"
            );
        if (draft.ExpiresAt <= draft.SendAt)
            throw Fields.Wrong(
                "#/expiresAt",
                "it would expire before it is to be sent (\"sendAt\")"
            );
        if (draft.Content is RawContent)
            Refuse("a raw message is sent as it is: say it in the message itself");
        if (draft.Content is AboutContent and not ForwardContent)
            Refuse("a reaction, edit, deletion or vote does not stand in the chat itself");

        void Refuse(string why)
        {
            foreach (
                var (field, given) in ((string, bool)[])
                    [
                        ("replyTo", draft.ReplyTo is not null),
                        ("mentions", draft.Mentions.Count > 0),
                        ("disappearAfter", draft.DisappearAfter is not null),
                    ]
            )
                if (given)
                    throw Fields.Wrong($"#/{field}", $"\"{field}\" does not fit: {why}");
        }
    }
}
