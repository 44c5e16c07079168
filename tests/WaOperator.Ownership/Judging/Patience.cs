namespace WaOperator.Ownership.Judging;

/// <summary>How far the owners are, as the database sees it.</summary>
/// <param name="Idle">Sessions for which nobody acts.</param>
/// <param name="Epochs">Sum of the epochs of sessions and leases: each claim and each acquired lease adds to it.</param>
/// <param name="Renewals">Sum of the leases' counters: each renewal adds to it, and with each an owner may look for its sessions.</param>
internal sealed record Standing(int Idle, long Epochs, long Renewals);

/// <summary>
/// Tells slow from stuck, also on a machine that has no time for its owners: as long as fewer sessions are idle, sessions are claimed or
/// leases are acquired, it is slow. It is stuck when none of that happened for the bound while leases were renewed often enough.
/// </summary>
/// <param name="bound">How long nothing may get on.</param>
/// <param name="renewals">In that time at least so many renewals: else the owners had no chance to get on.</param>
/// <param name="most">However slow it is, it has to end then: leases that flap for so long are a fault of their own.</param>
internal sealed class Patience(TimeSpan bound, long renewals, TimeSpan most)
{
    private TimeSpan? began;
    private TimeSpan since;
    private Standing? last;
    private long renewed;

    /// <summary>Takes notice of how it stands.</summary>
    /// <returns>Null while waiting is worth it, else why it is not.</returns>
    public string? Judge(TimeSpan now, Standing standing)
    {
        began ??= now;
        if (last is null || standing.Idle < last.Idle || standing.Epochs != last.Epochs)
            (since, renewed) = (now, 0);
        else
            renewed += Math.Max(0, standing.Renewals - last.Renewals);
        last = standing;
        return now - since >= bound && renewed >= renewals
                ? $"stuck: {renewed} renewals in {(now - since).TotalSeconds:0} s, and nothing got on"
            : now - began >= most
                ? $"slow: still getting on after {(now - began.Value).TotalSeconds:0} s, or without a chance to"
            : null;
    }
}
