using System.Security.Cryptography.X509Certificates;
using WaOperator.Interop.Clients;
using WaOperator.Testing;

namespace WaOperator.Interop.Rows;

/// <summary>What accounts show of themselves, to whom, and whom they do not want to hear from.</summary>
internal static class Profiles
{
    private const int Week = 7 * 86_400;

    /// <summary>The rows.</summary>
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("picture", Picture),
        new("about", About),
        new("privacy and default timer", Privacy),
        new("block list", BlockList),
    ];

    /// <summary>One sets a picture, the other loads it; then it is taken away.</summary>
    public static async Task Picture(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        var jpeg = JpegSample.Of(640, 640);
        if (from.Release.IsTheirs())
        {
            // Baileys sets one only with an image library, which is not installed: the phone does it.
            await server.PutJpegAsync($"/phones/{from.Number}/picture", jpeg);
        }
        else
        {
            var path = Path.Combine(server.Folder, $"{from.Number}-{to.Release}.jpg");
            await File.WriteAllBytesAsync(path, jpeg);
            await from.First.RunAsync("set-picture", new { path });
        }
        var url = (string?)(await to.First.RunAsync("picture", new { jid = from.Jid }))["url"];
        Expect.True(url is not null, "an address of the picture", url);
        Expect.True(
            (await LoadAsync(server, url!)).AsSpan().SequenceEqual(jpeg),
            "the picture's own bytes",
            url
        );
        await from.First.RunAsync("remove-picture");
        url = (string?)(await to.First.RunAsync("picture", new { jid = from.Jid }))["url"];
        Expect.True(url is null, "no picture", url);
    }

    /// <summary>One says something about itself, the other reads it.</summary>
    public static async Task About(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        var text = $"Busy, says {direction.Name} ✓";
        await from.First.RunAsync("set-about", new { text });
        var seen = await to.First.RunAsync("about", new { jid = from.Jid });
        Expect.Equal(text, (string?)seen["text"], "the About text");
    }

    /// <summary>One device changes who sees what and the timer of new chats, another device of the account reads it.</summary>
    public static async Task Privacy(Direction direction)
    {
        var shared = direction.From.SharedWith(direction.To);
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        foreach (
            var (category, value) in new[]
            {
                ("last", "contacts"),
                ("online", "match_last_seen"),
                ("readreceipts", "none"),
                ("groupadd", "contacts"),
            }
        )
        {
            await writer.RunAsync("set-privacy", new { category, value });
            var seen = (await reader.RunAsync("privacy"))["privacy"]!;
            Expect.Equal(value, (string?)seen[category], $"who sees {category}");
        }
        await writer.RunAsync("set-timer", new { seconds = Week });
        var timer = await reader.RunAsync("timer");
        Expect.Equal(Week, (int?)timer["seconds"], "the timer of new chats");
    }

    /// <summary>One device blocks an account and unblocks it, another device of the account sees it both times.</summary>
    public static async Task BlockList(Direction direction)
    {
        var (shared, to) = (direction.From.SharedWith(direction.To), direction.To);
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        // Who blocks must know the other's LID.
        await writer.TextAsync(to.Jid, "Before the block");
        foreach (var action in new[] { "block", "unblock" })
        {
            var before = reader.Mark;
            await writer.RunAsync("block", new { jid = to.Jid, action });
            await reader.WaitAsync(
                $"the news of the {action}",
                e => (string?)e["event"] == "blocklist",
                before
            );
            var list = (await reader.RunAsync("blocklist"))["blocked"]!.AsArray();
            Expect.Equal(
                action == "block",
                list.Any(blocked => to.Is((string?)blocked)),
                $"{to.Number} is in the list after the {action}"
            );
        }
    }

    private static async Task<byte[]> LoadAsync(Server server, string url)
    {
        using var authority = X509Certificate2.CreateFromPem(
            await File.ReadAllTextAsync(server.Authority)
        );
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        using var http = new HttpClient(handler);
        return await http.GetByteArrayAsync(new Uri(url));
    }
}
