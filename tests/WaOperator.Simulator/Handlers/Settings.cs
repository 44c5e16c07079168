using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>The many small queries after a login, answered as for an account without settings.</summary>
public static class Settings
{
    private static readonly (string Name, string Value)[] PrivacyDefaults =
    [
        ("last", "all"),
        ("online", "all"),
        ("profile", "all"),
        ("status", "contacts"),
        ("readreceipts", "all"),
        ("groupadd", "all"),
        ("calladd", "all"),
    ];

    /// <summary>The queries by namespace.</summary>
    public static IReadOnlyDictionary<string, Query> Queries { get; } =
        new Dictionary<string, Query>(StringComparer.Ordinal)
        {
            ["abt"] = Props,
            ["w"] = Props,
            ["privacy"] = (_, iq) => Privacy(iq),
            ["w:sync:app:state"] = (_, iq) => AppState(iq),
            ["urn:xmpp:whatsapp:dirty"] = Accept,
            ["w:stats"] = Accept,
            ["status"] = About,
            ["disappearing_mode"] = Accept,
            ["urn:xmpp:whatsapp:push"] = Accept,
            ["w:profile:picture"] = (_, _) => throw RefusedException.NotFound("no picture"),
        };

    private static BinaryNode Props(Accounts.Device device, BinaryNode iq) =>
        Stanzas.Result(
            iq,
            new BinaryNode("props")
            {
                ["hash"] = "sim",
                ["protocol"] = "1",
                Children = [],
            }
        );

    private static BinaryNode About(Accounts.Device device, BinaryNode iq)
    {
        if (iq["type"] == "set" && iq.Child("status") is { } status)
        {
            device.Phone.About = status.Text;
            device.Phone.Changed();
        }
        return Stanzas.Result(iq);
    }

    private static BinaryNode? Accept(Accounts.Device device, BinaryNode iq) => Stanzas.Result(iq);

    private static BinaryNode Privacy(BinaryNode iq)
    {
        if (iq["type"] == "set")
            return Stanzas.Result(iq);
        return Stanzas.Result(
            iq,
            new BinaryNode("privacy")
            {
                Children =
                [
                    .. PrivacyDefaults.Select(p => new BinaryNode("category")
                    {
                        ["name"] = p.Name,
                        ["value"] = p.Value,
                    }),
                ],
            }
        );
    }

    /// <summary>No collection ever has anything new.</summary>
    private static BinaryNode AppState(BinaryNode iq)
    {
        if (iq.Child("sync") is not { } sync)
            throw RefusedException.BadRequest("sync expected");
        return Stanzas.Result(
            iq,
            new BinaryNode("sync")
            {
                Children =
                [
                    .. sync.ChildrenWith("collection")
                        .Select(c => new BinaryNode("collection")
                        {
                            ["name"] = c["name"],
                            ["version"] = c["version"] ?? "0",
                            ["type"] = "result",
                        }),
                ],
            }
        );
    }
}
