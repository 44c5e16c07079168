namespace WaOperator.WhatsApp.Running;

/// <summary>What follows when a handler fails. Pure.</summary>
/// <param name="Attempts">How often it is tried.</param>
/// <param name="Longest">The longest wait between two attempts.</param>
internal readonly record struct HandlerRetry(int Attempts, TimeSpan Longest)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before the next attempt; null: there is none.</summary>
    /// <param name="failures">How often it has failed; 1 or more.</param>
    public TimeSpan? After(int failures)
    {
        if (failures >= Attempts)
            return null;
        var wait = First * Math.Pow(2, Math.Min(failures - 1, 20));
        return wait < Longest ? wait : Longest;
    }
}
