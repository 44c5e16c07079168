using WaOperator.SessionPod.Api.Messages;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>What a broadcast says, how fast and until when.</summary>
/// <param name="Name">What the tenant calls it.</param>
/// <param name="Message">The message, without a recipient and an id; its texts have variables.</param>
/// <param name="Pacing">How fast.</param>
/// <param name="StopOn">Until when.</param>
internal sealed record BroadcastContent(
    string Name,
    SendRequest Message,
    Pacing Pacing,
    StopOn StopOn
);

/// <summary>A recipient of a broadcast.</summary>
/// <param name="To">Its address.</param>
/// <param name="Vars">What stands in place of the message's variables.</param>
internal sealed record Recipient(string To, IReadOnlyDictionary<string, string> Vars);

/// <summary>The message of a broadcast as it is sent to a recipient. Pure.</summary>
internal static class BroadcastMessage
{
    /// <summary>The texts that may have variables, each with its JSON pointer.</summary>
    public static IEnumerable<(string Pointer, string Text)> Texts(SendRequest message)
    {
        if (message.Text?.Body is { } body)
            yield return ("#/text", body);
        if (message.Image?.Caption is { } image)
            yield return ("#/image/caption", image);
        if (message.Video?.Caption is { } video)
            yield return ("#/video/caption", video);
        if (message.Document?.Caption is { } document)
            yield return ("#/document/caption", document);
    }

    /// <summary>The names of all variables.</summary>
    public static HashSet<string> Variables(SendRequest message) =>
        Texts(message)
            .SelectMany(t => TextTemplate.Variables(t.Text))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The message to a recipient.</summary>
    /// <param name="message">The broadcast's.</param>
    /// <param name="recipient">To whom.</param>
    /// <param name="id">The message's id.</param>
    public static SendRequest To(SendRequest message, Recipient recipient, string id)
    {
        return message with
        {
            Id = id,
            To = recipient.To,
            Text = message.Text is { Body: { } body } text
                ? text with
                {
                    Body = Fill(body),
                }
                : message.Text,
            Image = Captioned(message.Image),
            Video = Captioned(message.Video),
            Document = Captioned(message.Document),
        };

        FileBody? Captioned(FileBody? file) =>
            file is { Caption: { } caption } ? file with { Caption = Fill(caption) } : file;

        string Fill(string template) => TextTemplate.Fill(template, recipient.Vars);
    }
}
