using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>A newer login replaced a connection.</summary>
internal sealed record ReplacedData(
    Replaced Kind,
    string Old,
    string New,
    double LastFrameMs,
    double? LastActMs
);

/// <summary>A replaced connection continued acting.</summary>
internal sealed record LateFrameData(string Remote, string Tag, double AfterMs);

/// <summary>A replaced connection has ended.</summary>
internal sealed record ReplacedEndData(string Remote, Ending How, double AfterMs);

/// <summary>
/// Two connections of one device: the older is told, and then watched for a while, for what its client does tells
/// whether two owners acted at once.
/// </summary>
internal sealed class Replacement(WhatsAppServer server)
{
    /// <summary>A client sends something every 30 s; without that it is dead or cut off.</summary>
    private static readonly TimeSpan KeepAliveLimit = TimeSpan.FromSeconds(35);

    /// <summary>Ends the older connection for the newer. Guard: the device's gate.</summary>
    public void Replace(Connection old, Connection by, Device device)
    {
        var now = server.Clock.Now();
        var silent = server.Clock.Between(old.LastFrame, now);
        var still = old.LastAct is { } act ? server.Clock.Between(act, now) : (TimeSpan?)null;
        var kind =
            still <= server.Options.LiveWithin ? Replaced.Live
            : silent <= KeepAliveLimit ? Replaced.Silent
            : Replaced.Dead;
        device.Record.ReplacedBy[(int)kind]++;
        device.Record.Lost = new(Ending.Replaced, now, old.LoggedInAt, old.LastFrame);
        old.Active = false;
        old.Replace(Stanzas.Replaced(), server.Options.Linger);
        server.Ledger.Count($"replaced{kind}");
        server.Ledger.Note(
            "replaced",
            device.Jid.ToString(),
            $"a {kind} connection",
            new ReplacedData(
                kind,
                old.Remote,
                by.Remote,
                silent.TotalMilliseconds,
                still?.TotalMilliseconds
            )
        );
    }

    /// <summary>A replaced client sent something other than keepalive: the very thing that must never happen.</summary>
    public void LateFrame(Connection connection, BinaryNode stanza, Stamp replaced)
    {
        var device = connection.Device!;
        lock (device.Gate)
            device.Record.LateFrames++;
        var after = server.Clock.Since(replaced).TotalMilliseconds;
        server.Ledger.Note(
            "lateFrame",
            device.Jid.ToString(),
            $"{stanza} after a newer login",
            new LateFrameData(connection.Remote, stanza.Tag, after)
        );
    }

    /// <summary>A connection has ended; notes how, if it was a replaced one. Broken after the linger time: we cut it.</summary>
    public void Left(Connection connection, Device device, Ending how)
    {
        if (connection.ReplacedAt is not { } replaced)
            return;
        var after = server.Clock.Since(replaced);
        var cut = how == Ending.Broken && after >= server.Options.Linger;
        server.Ledger.Note(
            "replacedConnectionEnded",
            device.Jid.ToString(),
            cut ? "its client did nothing" : "by its client",
            new ReplacedEndData(
                connection.Remote,
                cut ? Ending.Dropped : how,
                after.TotalMilliseconds
            )
        );
    }
}
