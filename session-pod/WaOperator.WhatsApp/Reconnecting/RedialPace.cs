namespace WaOperator.WhatsApp.Reconnecting;

/// <summary>How long a device waits before it connects again, and what that follows from. A value; each end of a connection makes the next one.</summary>
/// <param name="Backoff">Failures and replacements in a row.</param>
/// <param name="Wait">How long to wait now.</param>
/// <param name="Restarted">The server asked for a restart, and no connection was established since.</param>
internal readonly record struct RedialPace(Backoff Backoff, TimeSpan Wait, bool Restarted)
{
    private static readonly TimeSpan BannedWait = TimeSpan.FromHours(1);

    /// <summary>The same, without a wait.</summary>
    public RedialPace AtOnce => this with { Wait = TimeSpan.Zero };

    /// <summary>A connection was established.</summary>
    public RedialPace Connected => this with { Wait = TimeSpan.Zero, Restarted = false };

    /// <summary>A connection ended by itself.</summary>
    /// <param name="how">How soon to connect again.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="held">How long it was established.</param>
    /// <param name="random">0 to 1, excluding 1: spreads the waits.</param>
    public RedialPace After(Redial how, Disconnect end, TimeSpan held, double random)
    {
        switch (how)
        {
            case Redial.AtOnce when !Restarted:
                return this with { Wait = TimeSpan.Zero, Restarted = true };
            case Redial.Replaced:
                var (next, wait) = Backoff.AfterReplacement(held);
                return this with { Backoff = next, Wait = wait };
            case Redial.Banned:
                return this with { Wait = end.RetryAfter ?? BannedWait };
            case Redial.Slowly:
                return Failed(held, random) with { Wait = Backoff.Most };
            default:
                return Failed(held, random);
        }
    }

    /// <summary>A step failed, or a connection did.</summary>
    /// <param name="held">How long it was established; zero for none.</param>
    /// <param name="random">0 to 1, excluding 1.</param>
    public RedialPace Failed(TimeSpan held, double random)
    {
        var (next, wait) = Backoff.AfterFailure(held, random);
        return this with { Backoff = next, Wait = wait };
    }
}
