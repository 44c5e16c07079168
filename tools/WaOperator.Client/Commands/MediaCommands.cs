using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Client.Commands;

/// <summary>Files: upload, send, download.</summary>
internal sealed class MediaCommands(
    WhatsAppDevice client,
    KnownMessages known,
    MessageCommands messages
)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["media"] = SendAsync;
        commands["upload"] = async (a, ct) => Describe(await UploadAsync(a, ct));
        commands["download"] = DownloadAsync;
    }

    private async Task<JsonObject> SendAsync(Arguments a, CancellationToken ct)
    {
        CheckViewOnce(a);
        var type = await CheckTypeAsync(a, ct);
        var content = Compose(a, await UploadAsync(a, ct), type);
        return await messages.SendAsync(a, a.Address("to"), content, ct);
    }

    /// <summary>Checked before anything is uploaded.</summary>
    internal static void CheckViewOnce(Arguments a)
    {
        // A voice note, not any audio file: official clients offer no other.
        if (a.Flag("viewOnce") && !CanBeViewedOnce(a))
            throw new FormatException(
                "'viewOnce' is for an image, a video, or audio with 'voice'; other files cannot be for one view."
            );
    }

    private static bool CanBeViewedOnce(Arguments a) =>
        a.OptionalText("kind") switch
        {
            "image" or "video" => true,
            "audio" => a.Flag("voice"),
            _ => false,
        };

    /// <summary>
    /// The file's type: as told, else by its content and name. A kind that does not fit it is refused before anything is uploaded;
    /// nothing is sent as another kind than was asked for.
    /// </summary>
    internal static async Task<string> CheckTypeAsync(Arguments a, CancellationToken ct)
    {
        var path = a.Text("path");
        var head = new byte[FileType.HeadSize];
        await using var source = File.OpenRead(path);
        var length = await source.ReadAtLeastAsync(
            head,
            head.Length,
            throwOnEndOfStream: false,
            ct
        );
        var told = a.OptionalText("mimetype");
        var found = FileType.Of(a.OptionalText("fileName") ?? path, head.AsSpan(0, length), told);
        return FileType.Mismatch(KindOf(a), a.Flag("voice"), found) is { } mismatch
            ? throw new FormatException(mismatch)
            : told ?? found;
    }

    internal static MessageContent Compose(Arguments a, MediaReference file, string? type = null)
    {
        var info = new MediaInfo
        {
            // A kind has a type of its own for a file whose type is not known.
            MimeType = type == FileType.Unknown ? null : type,
            Caption = a.OptionalText("caption"),
            FileName = a.OptionalText("fileName") ?? Path.GetFileName(a.Text("path")),
        };
        var content = file.Kind switch
        {
            MediaKind.Image => MessageContent.Image(file, info),
            MediaKind.Video => MessageContent.Video(file, info),
            MediaKind.Audio when a.Flag("voice") => MessageContent.VoiceNote(file, info),
            MediaKind.Audio => MessageContent.Audio(file, info),
            MediaKind.Sticker => MessageContent.Sticker(file, info),
            _ => MessageContent.Document(file, info),
        };
        return a.Flag("viewOnce") ? content.ViewOnce() : content;
    }

    private async Task<MediaReference> UploadAsync(Arguments a, CancellationToken ct)
    {
        await using var source = File.OpenRead(a.Text("path"));
        return await client.UploadAsync(KindOf(a), source, ct);
    }

    private static MediaKind KindOf(Arguments a) =>
        a.OptionalText("kind") switch
        {
            "image" => MediaKind.Image,
            "video" => MediaKind.Video,
            "audio" => MediaKind.Audio,
            "sticker" => MediaKind.Sticker,
            null or "document" => MediaKind.Document,
            _ => throw new FormatException(
                "'kind' is none of image, video, audio, document, sticker."
            ),
        };

    private async Task<JsonObject> DownloadAsync(Arguments a, CancellationToken ct)
    {
        var reference = a.OptionalText("reference") is { } json
            ? Reference(json)
            : ContentParser.Read((await known.FindAsync(a.Text("id"), ct)).Content).Media
                ?? throw new FormatException("That message carries no file.");
        var path = a.OptionalText("path");
        using var sha256 = SHA256.Create();
        await using var target = path is null ? Stream.Null : File.Create(path);
        await using (
            var hashing = new CryptoStream(target, sha256, CryptoStreamMode.Write, leaveOpen: true)
        )
            await client.DownloadAsync(reference, hashing, ct);
        return new()
        {
            ["size"] = reference.FileLength,
            ["sha256"] = Convert.ToHexStringLower(sha256.Hash!),
            ["path"] = path,
        };
    }

    private static MediaReference Reference(string json)
    {
        try
        {
            return ReceivedJson.ReadMedia(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException e)
        {
            throw new FormatException(
                "'reference' is not what upload gives, or received messages under 'media': it needs kind, directPath or url, mediaKey, fileSha256, fileEncSha256 and fileLength.",
                e
            );
        }
    }

    /// <summary>As it stands in a received message, so that <c>download</c> takes both.</summary>
    private static JsonObject Describe(MediaReference file)
    {
        var received = new ReceivedContent { Kind = ContentKind.Document, Media = file };
        var media = JsonNode.Parse(ReceivedJson.Write(received))!["media"]!.DeepClone();
        return new() { ["reference"] = media };
    }
}
