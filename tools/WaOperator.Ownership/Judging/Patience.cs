namespace WaOperator.Ownership.Judging;

/// <summary>How far the owners are, as the database and the operator see it.</summary>
/// <param name="Idle">Sessions without an owner that acts.</param>
/// <param name="Epochs">Sum of the epochs of sessions and leases: each claim and each acquired lease adds to it.</param>
/// <param name="Renewals">Sum of the leases' counters: each renewal adds to it, and with each an owner may look for its sessions.</param>
/// <param name="Lives">How often the operator has looked at the leases for one whole life without a gap: what its word needs.</param>
/// <param name="Connections">
/// How many connections in a row were opened quickly: an owner that lost its own gets nowhere without a new one.
/// </param>
internal sealed record Standing(int Idle, long Epochs, long Renewals, long Lives, int Connections);

/// <summary>
/// Distinguishes slow from stuck, also on a machine that has no time for its owners or its operator: as long as fewer sessions are idle,
/// sessions are claimed or leases are acquired, it is slow. It is stuck when none of that happened for the bound while leases were
/// renewed and watched often enough and connections could be opened.
/// </summary>
/// <param name="bound">How long there may be no progress.</param>
/// <param name="renewals">In that time at least so many renewals: else the owners had no chance.</param>
/// <param name="lives">And at least so many lives of a lease under the operator's eyes: else it could prove nothing.</param>
/// <param name="connections">And at the end so many connections in a row that were opened quickly.</param>
/// <param name="most">However slow it is, it has to end then: leases that flap for so long are a fault of their own.</param>
internal sealed class Patience(
    TimeSpan bound,
    long renewals,
    long lives,
    int connections,
    TimeSpan most
)
{
    private TimeSpan? _began;
    private TimeSpan _since;
    private Standing? _last;
    private long _renewed;
    private long _watched;

    /// <summary>Takes notice of how it stands.</summary>
    /// <returns>Null while waiting is worth it, else why it is not.</returns>
    /// <exception cref="TimeoutException">It took too long, and there was no chance of progress: the machine is overloaded.</exception>
    public string? Judge(TimeSpan now, Standing standing)
    {
        _began ??= now;
        if (_last is null || standing.Idle < _last.Idle || standing.Epochs != _last.Epochs)
            (_since, _renewed, _watched) = (now, 0, 0);
        else
        {
            _renewed += Math.Max(0, standing.Renewals - _last.Renewals);
            _watched += Math.Max(0, standing.Lives - _last.Lives);
        }
        _last = standing;
        var (still, all) = (now - _since, now - _began.Value);
        var chance =
            _renewed >= renewals && _watched >= lives && standing.Connections >= connections;
        if (still >= bound && chance)
            return $"stuck: {_renewed} renewals and {_watched} watched lives of a lease in {still.TotalSeconds:0} s without progress";
        if (all < most)
            return null;
        return still < bound
            ? $"slow: still in progress after {all.TotalSeconds:0} s"
            : throw new TimeoutException(
                $"in {still.TotalSeconds:0} s only {_renewed} renewals, {_watched} watched lives of a lease, {standing.Connections} quick connections in a row: this machine has too little time to judge"
            );
    }
}
