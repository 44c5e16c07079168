using System.Security.Cryptography;

namespace WaOperator.Interop.Rows;

/// <summary>Media.</summary>
internal static class Files
{
    private static readonly (string Kind, string MimeType, int Size)[] Kinds =
    [
        ("document", "application/octet-stream", 300_001),
        ("image", "image/jpeg", 65_536),
        ("audio", "audio/ogg; codecs=opus", 20_000),
        ("video", "video/mp4", 100_000),
    ];

    /// <summary>What the other downloads is what was sent, for every kind of media.</summary>
    public static async Task ByteEqual(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        foreach (var (kind, mimetype, size) in Kinds)
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            var path = Path.Combine(server.Folder, $"{from.Number}-{to.Release}-{kind}.bin");
            await File.WriteAllBytesAsync(path, bytes);
            var id = await from.First.SendAsync(
                "media",
                new
                {
                    to = to.Jid,
                    kind,
                    path,
                    mimetype,
                    fileName = kind == "document" ? "file.bin" : null,
                }
            );
            var message = await to.First.MessageAsync(id, $"the {kind}");
            Expect.Equal(kind, (string?)message["media"], "kind of media");
            var got = await to.First.RunAsync("download", new { id });
            Expect.Equal(size, (int)got["size"]!, $"size of the {kind}");
            Expect.Equal(
                Convert.ToHexStringLower(SHA256.HashData(bytes)),
                (string?)got["sha256"],
                $"SHA-256 of the {kind}"
            );
        }
    }
}
