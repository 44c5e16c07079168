using WaOperator.Interop.Clients;
using WaOperator.Interop.Rows;

namespace WaOperator.Interop.Report;

/// <summary>
/// A bug of another's client that breaks a cell. It excuses the cell only if its control cell, in which no client of ours takes
/// part, fails in the same run, too.
/// </summary>
/// <param name="Row">The capability.</param>
/// <param name="Release">Whose bug it is.</param>
/// <param name="AsSender">The bug is in sending; otherwise in receiving.</param>
/// <param name="What">What it does, and where in its code.</param>
public sealed record KnownBug(string Row, Release Release, bool AsSender, string What)
{
    /// <summary>All that are known.</summary>
    public static IReadOnlyList<KnownBug> All { get; } =
    [
        new(Floods.Name, Release.Rc14, AsSender: true, Rc14Mixes),
        new(Floods.Name, Release.Rc14, AsSender: false, Rc14Mixes),
    ];

    private const string Rc14Mixes =
        "rc14 loses the state of a Signal session that sends and receives at the same time: it encrypts within the transaction of the whole send (Socket/messages-send.js, relayMessage), decrypts within one of the peer (Signal/libsignal.js, decryptMessage), and a transaction in a transaction takes no lock (Utils/auth-utils.js), so that each writes back its own copy of the record; rc14<->rc14 fails alike";

    /// <summary>The bug that explains a failed cell, or null.</summary>
    public static KnownBug? Explains(Cell cell, IReadOnlyCollection<Cell> all) =>
        All.FirstOrDefault(b =>
            b.Row == cell.Row
            && (b.AsSender ? cell.From : cell.To) == b.Release
            && all.Any(c =>
                c.Row == b.Row
                && c.From == b.Release
                && c.To == b.Release
                && c.Verdict != Verdict.Passed
            )
        );
}
