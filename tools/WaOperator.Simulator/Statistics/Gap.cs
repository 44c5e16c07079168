namespace WaOperator.Simulator.Statistics;

/// <summary>How a connection that was logged in ended.</summary>
internal enum Ending
{
    /// <summary>The client closed the WebSocket.</summary>
    ClosedByClient,

    /// <summary>The TCP connection ended without a WebSocket close, or bytes made no sense.</summary>
    Broken,

    /// <summary>No frame came for the idle time.</summary>
    Idle,

    /// <summary>A newer login of the same device took over while this connection still looked open.</summary>
    Replaced,

    /// <summary>The device was unlinked or logged out.</summary>
    Unlinked,

    /// <summary>The control API dropped it, or the simulator stopped.</summary>
    Dropped,
}

/// <summary>The end of a device's last connection, kept until its next login.</summary>
/// <param name="How">What was seen.</param>
/// <param name="At">When it was seen.</param>
/// <param name="LoggedIn">When that connection had logged in.</param>
/// <param name="LastFrame">When its last frame came.</param>
internal readonly record struct Loss(Ending How, Stamp At, Stamp LoggedIn, Stamp LastFrame);

/// <summary>One time away: from the loss or the injection to <c>success</c> on the new connection.</summary>
/// <param name="How">How the old connection ended.</param>
/// <param name="Lost">When the end was seen; for a replaced connection the instant of the new login.</param>
/// <param name="LastFrame">When the last frame of the old connection came.</param>
/// <param name="Mark">The newest injection stamp that fell between the two logins.</param>
/// <param name="MarkLabel">What the injection was called.</param>
/// <param name="Back">When <c>success</c> was sent on the new connection.</param>
/// <param name="SinceLossMs">From the seen end; 0 for a replaced connection, whose end was never seen.</param>
/// <param name="SinceMarkMs">From the injection; null without one.</param>
/// <param name="AwayMs">From the loss where it was seen, else from the injection, else 0.</param>
internal sealed record Gap(
    Ending How,
    DateTimeOffset Lost,
    DateTimeOffset LastFrame,
    DateTimeOffset? Mark,
    string? MarkLabel,
    DateTimeOffset Back,
    double SinceLossMs,
    double? SinceMarkMs,
    double AwayMs
)
{
    /// <summary>Measures a gap.</summary>
    public static Gap Measure(Clock clock, Loss loss, Mark? mark, Stamp back)
    {
        var inside =
            mark is { } m && clock.Between(loss.LoggedIn, m.Stamp) >= TimeSpan.Zero ? mark : null;
        var sinceLoss = clock.Between(loss.At, back).TotalMilliseconds;
        var sinceMark = inside is null
            ? (double?)null
            : clock.Between(inside.Stamp, back).TotalMilliseconds;
        return new(
            loss.How,
            loss.At.At,
            loss.LastFrame.At,
            inside?.Stamp.At,
            inside?.Label,
            back.At,
            sinceLoss,
            sinceMark,
            loss.How is Ending.Replaced or Ending.Idle ? sinceMark ?? sinceLoss : sinceLoss
        );
    }
}

/// <summary>An injection stamp: what was done to the system, and when.</summary>
internal sealed record Mark(Stamp Stamp, string? Label);
