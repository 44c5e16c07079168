using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;

namespace WaOperator.Simulator.Control;

/// <summary>A linked device as the phone lists it.</summary>
internal sealed record DeviceAnswer(
    ushort Device,
    string Jid,
    string Lid,
    string Platform,
    uint KeyIndex,
    DateTimeOffset LinkedAt,
    bool Connected,
    int PreKeys,
    long PreKeysUploaded,
    int Waiting
)
{
    public static DeviceAnswer Of(Device device)
    {
        lock (device.Gate)
        {
            return new(
                device.Id,
                device.Jid.ToString(),
                device.Lid.ToString(),
                device.Platform,
                device.KeyIndex,
                device.LinkedAt,
                device.Connection is not null,
                device.PreKeys.Count,
                device.PreKeysUploaded,
                device.Mailbox.Count
            );
        }
    }
}

/// <summary>A phone with its linked devices.</summary>
internal sealed record PhoneAnswer(
    string Number,
    string Name,
    string Lid,
    int MaxDevices,
    IReadOnlyList<DeviceAnswer> Devices
)
{
    public static PhoneAnswer Of(Phone phone, SimulatorOptions options) =>
        new(
            phone.Number,
            phone.Name,
            phone.Lid.ToString(),
            phone.MaxDevices ?? options.MaxDevices,
            [.. phone.Devices.Select(DeviceAnswer.Of)]
        );
}

/// <summary>How often a newer login replaced a connection, by what was in it.</summary>
internal sealed record ReplacedAnswer(long Live, long Silent, long Dead);

/// <summary>What was seen of one device.</summary>
internal sealed record SessionAnswer(
    string Number,
    ushort Device,
    string Jid,
    bool Connected,
    bool Active,
    string? Remote,
    DateTimeOffset? LoggedInAt,
    DateTimeOffset? LastFrameAt,
    DateTimeOffset? LastActAt,
    long Logins,
    ReplacedAnswer Replaced,
    long LateFrames,
    long MessagesIn,
    long MessagesAcked,
    long MessagesRepeated,
    long Delivered,
    long Confirmed,
    long Retries,
    int Waiting,
    int PreKeys,
    Ending? LostBy,
    DateTimeOffset? LostAt,
    double? AwayNowMs,
    double MaxAwayMs,
    IReadOnlyList<Gap> Gaps
)
{
    public static SessionAnswer Of(Device device, Clock clock)
    {
        lock (device.Gate)
        {
            var record = device.Record;
            var connection = device.Connection;
            return new(
                device.Phone.Number,
                device.Id,
                device.Jid.ToString(),
                connection is not null,
                connection?.Active ?? false,
                connection?.Remote,
                connection?.LoggedInAt.At,
                connection?.LastFrame.At,
                connection?.LastAct?.At,
                record.Logins,
                new(
                    record.ReplacedBy[(int)Statistics.Replaced.Live],
                    record.ReplacedBy[(int)Statistics.Replaced.Silent],
                    record.ReplacedBy[(int)Statistics.Replaced.Dead]
                ),
                record.LateFrames,
                record.MessagesIn,
                record.MessagesAcked,
                record.MessagesRepeated,
                record.Delivered,
                record.Confirmed,
                record.Retries,
                device.Mailbox.Count,
                device.PreKeys.Count,
                record.Lost?.How,
                record.Lost?.At.At,
                record.Lost is { } lost ? clock.Since(lost.At).TotalMilliseconds : null,
                record.MaxAwayMs,
                [.. record.Gaps]
            );
        }
    }
}

/// <summary>Totals.</summary>
internal sealed record StatsAnswer(
    DateTimeOffset Now,
    int Phones,
    int Devices,
    int Sockets,
    int Connected,
    int Away,
    int WaitingToPair,
    long Logins,
    ReplacedAnswer Replaced,
    long LateFrames,
    double MaxAwayMs,
    double MedianAwayMs,
    int GapCount,
    DateTimeOffset? Mark,
    string? MarkLabel,
    IReadOnlyDictionary<long, int> LoginsPerSecond,
    int MaxLoginsPerSecond,
    IReadOnlyDictionary<string, long> Counts
)
{
    public static StatsAnswer Of(WhatsAppServer server)
    {
        var sessions = server
            .Directory.Devices.Select(d => SessionAnswer.Of(d, server.Clock))
            .ToList();
        var away = sessions.SelectMany(s => s.Gaps).Select(g => g.AwayMs).Order().ToList();
        var logins = server.Ledger.LoginsPerSecond();
        // Counted there, not summed over the devices: those that were unlinked since must not vanish.
        var counts = server.Ledger.Counts();
        return new(
            server.Clock.Now().At,
            server.Directory.Phones.Count(),
            sessions.Count,
            server.Connections.Count,
            sessions.Count(s => s.Connected),
            sessions.Count(s => s.AwayNowMs is not null),
            server.Pairing.Waiting,
            counts.GetValueOrDefault("logins"),
            new(
                counts.GetValueOrDefault("replacedLive"),
                counts.GetValueOrDefault("replacedSilent"),
                counts.GetValueOrDefault("replacedDead")
            ),
            counts.GetValueOrDefault("lateFrame"),
            away.Count == 0 ? 0 : away[^1],
            away.Count == 0 ? 0 : away[away.Count / 2],
            away.Count,
            server.Ledger.Mark?.Stamp.At,
            server.Ledger.Mark?.Label,
            logins,
            logins.Count == 0 ? 0 : logins.Values.Max(),
            counts
        );
    }
}

/// <summary>What became of a message at one device.</summary>
internal sealed record DeliveryAnswer(
    string Device,
    DateTimeOffset? DeliveredAt,
    int Deliveries,
    DateTimeOffset? ConfirmedAt,
    string? ConfirmedBy,
    int Retries
);

/// <summary>A message that the server took over.</summary>
internal sealed record MessageAnswer(
    long Seq,
    string Id,
    string From,
    string To,
    DateTimeOffset At,
    DateTimeOffset? AckedAt,
    int? Error,
    bool Repeated,
    bool Resend,
    IReadOnlyList<DeliveryAnswer> Devices
)
{
    public static MessageAnswer Of(MessageTrace trace) =>
        new(
            trace.Seq,
            trace.Id,
            trace.From,
            trace.To,
            trace.At,
            trace.AckedAt,
            trace.Error,
            trace.Repeated,
            trace.Resend,
            [
                .. trace.Devices.Select(d => new DeliveryAnswer(
                    d.Device,
                    d.DeliveredAt,
                    d.Deliveries,
                    d.ConfirmedAt,
                    d.ConfirmedBy,
                    d.Retries
                )),
            ]
        );
}
