using System.Security.Cryptography;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Tests.Content;

internal static class Samples
{
    public static readonly Jid Anna = Jid.Parse("491511111111@s.whatsapp.net");
    public static readonly Jid Bert = Jid.Parse("491522222222@s.whatsapp.net");
    public static readonly Jid Group = Jid.Parse("120363000000000000@g.us");
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static MessageReference Own { get; } = new(Bert, "3EB0AA", FromMe: true);

    public static MediaReference File(MediaKind kind) =>
        new()
        {
            Kind = kind,
            DirectPath = "/v/t62/1_2.enc?ccb=1",
            MediaKey = SHA256.HashData("key"u8),
            FileSha256 = SHA256.HashData("file"u8),
            FileEncSha256 = SHA256.HashData("stored"u8),
            FileLength = 12_345,
            MediaKeyTimestamp = 1_700_000_000,
        };

    public static ReceivedContent Read(MessageContent content) =>
        ContentParser.Read(content.ToBytes());
}
