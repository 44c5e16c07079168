namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// What reading one message costs, told before it is done. The unit is a step of a key chain: one HMAC-SHA256, about a microsecond.
/// Who writes a message decides how many steps it takes to read it, up to <see cref="SenderKeyRecord.MaxAhead"/>.
/// </summary>
/// <param name="pay">
/// Asked for what a message costs beyond <see cref="Free"/>; false refuses the message. Null for one that pays for everything.
/// </param>
internal sealed class WorkMeter(Func<int, bool>? pay = null)
{
    /// <summary>What any message may cost: a new session or a turned ratchet, and a gap of some two hundred messages.</summary>
    public const int Free = 600;

    /// <summary>One key agreement, in steps.</summary>
    public const int Agreement = 30;

    private int _paid;

    /// <summary>The steps that were taken.</summary>
    public int Steps { get; private set; }

    /// <exception cref="SignalException">TooCostly: nothing has been done.</exception>
    internal void Spend(int steps)
    {
        var owed = Math.Max(0, Steps + steps - Free) - _paid;
        if (owed > 0)
        {
            if (pay?.Invoke(owed) == false)
                throw new SignalException(
                    SignalFailure.TooCostly,
                    $"The message takes {steps} steps of key derivation, and its sender has cost too many of late."
                );
            _paid += owed;
        }
        Steps += steps;
    }
}
