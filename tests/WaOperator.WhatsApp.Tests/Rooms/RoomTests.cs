namespace WaOperator.WhatsApp.Tests.Rooms;

/// <summary>
/// The rooms of the library know those below them only. The public root (options, messages, results) is no room: its types name
/// rooms and are named by them.
/// </summary>
public sealed class RoomTests
{
    /// <summary>From the bottom to the top.</summary>
    private static readonly string[] Order =
    [
        "Crypto",
        "Proto",
        "Binary",
        "Timing",
        "Noise",
        "Transport",
        "Content",
        "Events",
        "Storage",
        "Signal",
        "AppState",
        "History",
        "Link",
        "Durability",
        "Media",
        "PreKeys",
        "Login",
        "Pairing",
        "Groups",
        "Directories",
        "Syncing",
        "Calls",
        "Profile",
        "Sending",
        "Receiving",
        "Client",
        "Reconnecting",
        "Running",
    ];

    /// <summary>Values that stand in a room above, in public namespaces.</summary>
    private static readonly (string Room, string Uses, string[] Types)[] Exceptions =
    [
        ("Content", "Media", ["MediaKind", "MediaReference"]),
        ("Events", "Storage", ["MessageKey"]),
    ];

    /// <summary>Values of the public root that the core knows: an address, and a pair of keys.</summary>
    private static readonly string[] Shared = ["Jid", "KeyPair"];

    private static readonly RoomGraph Graph = new(typeof(WhatsAppDevice).Assembly.Location);

    [Fact]
    public void A_room_knows_only_those_below_it() =>
        Graph
            .Uses.Where(use => use.From != "" && use.To != "" && !IsAllowed(use))
            .Select(use => use.ToString())
            .ShouldBeEmpty();

    [Theory]
    [InlineData("Crypto")]
    [InlineData("Binary")]
    [InlineData("Timing")]
    [InlineData("Noise")]
    [InlineData("Signal")]
    public void The_protocol_s_core_does_not_know_what_is_built_of_it(string room) =>
        Graph
            .Uses.Where(use => use.From == room && use.To == "" && !Shared.Contains(use.UsedType))
            .Select(use => use.ToString())
            .ShouldBeEmpty();

    /// <summary>One is in a method's body, the other in a state machine: what is compiled apart from its type is seen as well.</summary>
    [Fact]
    public void Uses_in_code_are_seen()
    {
        Graph.Uses.ShouldContain(new RoomUse("Directories", "UsyncStanzas", "Link", "Stanzas"));
        Graph.Uses.ShouldContain(new RoomUse("Sending", "Resender", "Link", "Stanzas"));
    }

    [Fact]
    public void Every_exception_is_needed()
    {
        foreach (var (room, uses, types) in Exceptions)
        foreach (var type in types)
            Graph.Uses.ShouldContain(u => u.From == room && u.To == uses && u.UsedType == type);
    }

    [Fact]
    public void Every_room_has_its_place() =>
        Graph.Uses.Select(use => use.From).Where(room => room != "").ShouldBeSubsetOf(Order);

    [Fact]
    public void The_library_knows_neither_the_server_half_nor_the_import() =>
        typeof(WhatsAppDevice)
            .Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .Where(name => name.StartsWith("WaOperator.", StringComparison.Ordinal))
            .ShouldBe(["WaOperator.PhoneNumbers"]);

    private static bool IsAllowed(RoomUse use) =>
        Array.IndexOf(Order, use.To) < Array.IndexOf(Order, use.From)
        || Exceptions.Any(e =>
            e.Room == use.From && e.Uses == use.To && e.Types.Contains(use.UsedType)
        );
}
