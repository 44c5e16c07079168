using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>The many small queries after a login, answered as for an account without settings.</summary>
internal static class Settings
{
    /// <summary>The queries by namespace. What would set something that nothing keeps is refused.</summary>
    public static IReadOnlyDictionary<string, Query> Queries { get; } =
        new Dictionary<string, Query>(StringComparer.Ordinal)
        {
            ["abt"] = (_, iq) => Props(iq),
            ["w"] = (_, iq) => Props(iq),
            ["urn:xmpp:whatsapp:dirty"] = (_, iq) => Clean(iq),
        };

    private static BinaryNode Props(BinaryNode iq)
    {
        Strict.Child(iq, "get", "props");
        return Stanzas.Result(
            iq,
            new BinaryNode("props")
            {
                ["hash"] = "sim",
                ["protocol"] = "1",
                Children = [],
            }
        );
    }

    /// <summary>Nothing is ever dirty here, so everything is clean.</summary>
    private static BinaryNode Clean(BinaryNode iq)
    {
        Strict.Child(iq, "set", "clean");
        return Stanzas.Result(iq);
    }
}
