using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>What an ordinary server says.</summary>
internal static class Greetings
{
    public const string Server = "@s.whatsapp.net";

    public static async Task LoginAsync(ServerLink link)
    {
        await link.SendAsync(
            new BinaryNode("success") { ["t"] = "1800000000", ["lid"] = "99999:3@lid" }
        );
        await link.SendAsync(
            new BinaryNode("ib") { Children = [new BinaryNode("offline") { ["count"] = "4" }] }
        );
    }

    public static Task OfferAsync(ServerLink link) =>
        link.SendAsync(
            new BinaryNode("iq")
            {
                ["from"] = Server,
                ["type"] = "set",
                ["id"] = "offer-1",
                ["xmlns"] = "md",
                Children =
                [
                    new BinaryNode("pair-device")
                    {
                        Children =
                        [
                            .. Enumerable
                                .Range(1, 6)
                                .Select(i => new BinaryNode("ref")
                                {
                                    Bytes = [.. "2@ref"u8, (byte)('0' + i)],
                                }),
                        ],
                    },
                ],
            }
        );

    public static BinaryNode? Answer(BinaryNode query) =>
        (query["xmlns"], query.FirstChild?.Tag) switch
        {
            ("encrypt", "count") => Result(query, new BinaryNode("count") { ["value"] = "0" }),
            ("encrypt", "digest") => Result(query, new BinaryNode("digest")),
            ("abt", _) => Result(query, new BinaryNode("props") { ["hash"] = "abc" }),
            _ => Result(query),
        };

    public static BinaryNode Result(BinaryNode query, params BinaryNode[] children) =>
        new("iq")
        {
            ["from"] = Server,
            ["type"] = "result",
            ["id"] = query["id"],
            Children = children,
        };

    public static BinaryNode Refusal(BinaryNode query, int code) =>
        new("iq")
        {
            ["from"] = Server,
            ["type"] = "error",
            ["id"] = query["id"],
            Children = [new BinaryNode("error") { ["code"] = $"{code}", ["text"] = "no" }],
        };
}
