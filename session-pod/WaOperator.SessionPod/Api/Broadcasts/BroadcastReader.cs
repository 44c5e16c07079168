using System.Globalization;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>What a request to make a broadcast asks for.</summary>
/// <param name="Content">The broadcast.</param>
/// <param name="Sample">The message to no one, to look up what it names.</param>
/// <param name="Recipients">Its first recipients.</param>
internal sealed record BroadcastDraft(
    BroadcastContent Content,
    Draft Sample,
    IReadOnlyList<(Jid Account, Recipient Recipient)> Recipients
);

/// <summary>Reads requests about broadcasts; notes all that is wrong. Pure, no clock, no I/O.</summary>
internal static class BroadcastReader
{
    private const int MaxName = 100;

    // A number that is none of a person's.
    private const string Sample = "4915112345678";

    /// <summary>Reads a request to make one.</summary>
    /// <returns>Null: something is wrong.</returns>
    public static BroadcastDraft? Read(BroadcastRequest request, Faults faults)
    {
        if (request.Id is { } id && !Fields.IsId(id))
            faults.Add("#/id", "it must have 8 to 64 letters and digits (a-z, A-Z, 0-9)");
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > MaxName)
            faults.Add("#/name", $"it must have 1 to {MaxName} characters, and not only spaces");
        else
            Addresses.CheckText(request.Name, MaxName, lines: false, "#/name", faults);
        var sample = ReadMessage(request.Message, faults);
        var content = new BroadcastContent(
            request.Name ?? "",
            (request.Message ?? new()) with
            {
                Priority = null,
            },
            PacingReader.Read(request.Pacing ?? new(), faults),
            PacingReader.Read(request.StopOn ?? new(), faults)
        );
        var recipients = new List<(Jid, Recipient)>();
        if (request.Recipients is { Count: > BroadcastRequest.MostRecipients })
            faults.Add(
                "#/recipients",
                $"it may have {BroadcastRequest.MostRecipients} entries; add the others as lines (POST .../recipients)"
            );
        else
        {
            var variables = BroadcastMessage.Variables(content.Message);
            for (var i = 0; i < request.Recipients?.Count; i++)
                if (
                    ReadRecipient(
                        request.Recipients[i],
                        string.Create(CultureInfo.InvariantCulture, $"#/recipients/{i}"),
                        content.Message,
                        variables,
                        faults,
                        isSound: sample is not null
                    ) is
                    { } recipient
                )
                    recipients.Add(recipient);
        }
        return sample is null || faults.Problem is not null
            ? null
            : new(content, sample, recipients);
    }

    /// <summary>Reads a recipient.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="pointer">Where it stands.</param>
    /// <param name="message">The broadcast's message.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="faults">Where to note what is wrong.</param>
    /// <param name="isSound">Whether nothing is wrong with the message itself, which is told once and not with each recipient.</param>
    /// <returns>Null: something is.</returns>
    public static (Jid Account, Recipient Recipient)? ReadRecipient(
        RecipientBody? body,
        string pointer,
        SendRequest message,
        IReadOnlySet<string> variables,
        Faults faults,
        bool isSound = true
    )
    {
        var account = Addresses.Account(body?.To, $"{pointer}/to", faults);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in body?.Vars ?? new Dictionary<string, string?>())
            if (!variables.Contains(name))
                faults.Add(
                    $"{pointer}/vars",
                    $"the message has no variable {{{{{Shown(name)}}}}}; leave it out"
                );
            else if (value is not { Length: >= 1 and <= TextTemplate.MaxValue })
                faults.Add(
                    $"{pointer}/vars/{name}",
                    $"it must be a text of 1 to {TextTemplate.MaxValue} characters"
                );
            else
                values[name] = value;
        foreach (var name in variables.Order(StringComparer.Ordinal))
            if (body?.Vars?.ContainsKey(name) != true)
                faults.Add($"{pointer}/vars", $"{{{{{name}}}}} of the message has no value");
        if (account is not { } jid)
            return null;
        if (jid.IsLid)
        {
            faults.Add(
                $"{pointer}/to",
                "an address at @lid is not supported in broadcasts, since the same account by its number would be written to twice; give the phone number"
            );
            return null;
        }
        var recipient = new Recipient(body!.To!, values);
        if (
            isSound
            && values.Count == variables.Count
            && values.Count > 0
            && !Outgoing.TryRead(
                BroadcastMessage.To(message, recipient, OutgoingMessage.NewId()),
                out _,
                out var wrong
            )
        )
            faults.Add($"{pointer}/vars", $"with these values {wrong.Pointer}: {wrong.Detail}");
        return (jid, recipient);
    }

    private static Draft? ReadMessage(SendRequest? message, Faults faults)
    {
        if (message is null)
        {
            faults.Add("#/message", "it is missing");
            return null;
        }
        foreach (var (field, given) in Misfits(message))
            if (given)
                faults.Add($"#/message/{field}", "it does not fit a broadcast; leave it out");
        foreach (
            var (kind, file) in ((string, FileBody?)[])
                [
                    ("image", message.Image),
                    ("video", message.Video),
                    ("voice", message.Voice),
                    ("audio", message.Audio),
                    ("document", message.Document),
                    ("sticker", message.Sticker),
                ]
        )
            if (file?.Url is not null)
                faults.Add(
                    $"#/message/{kind}/url",
                    "it would be fetched for each recipient; upload the file and give its id as \"media\""
                );
        foreach (var (pointer, text) in BroadcastMessage.Texts(message))
            if (TextTemplate.HasStray(text))
                faults.Add(
                    $"#/message{pointer[1..]}",
                    $"a variable is written {{{{name}}}}, its name has {TextTemplate.Naming}"
                );
        if (faults.Problem is not null)
            return null;
        // To no one, and with a value of one character for each variable.
        var values = BroadcastMessage
            .Variables(message)
            .ToDictionary(name => name, _ => "x", StringComparer.Ordinal);
        if (
            Outgoing.TryRead(
                BroadcastMessage.To(message, new(Sample, values), OutgoingMessage.NewId()),
                out var draft,
                out var wrong
            )
        )
            return draft;
        faults.Add($"#/message{wrong.Pointer[1..]}", wrong.Detail);
        return null;
    }

    private static IEnumerable<(string Field, bool Given)> Misfits(SendRequest message) =>
        [
            ("to", message.To is not null),
            ("id", message.Id is not null),
            ("replyTo", message.ReplyTo is not null),
            ("mentions", message.Mentions is not null),
            ("sendAt", message.SendAt is not null),
            ("expiresAt", message.ExpiresAt is not null),
            ("priority", message.Priority is not null),
            ("vote", message.Vote is not null),
            ("reaction", message.Reaction is not null),
            ("edit", message.Edit is not null),
            ("delete", message.Delete is not null),
            ("forward", message.Forward is not null),
            ("raw", message.Raw is not null),
            ("message", message.Message is not null),
        ];

    // It is said back, so it is no place for anything.
    private static string Shown(string name) =>
        new([.. name.Where(c => !char.IsControl(c)).Take(32)]);
}
