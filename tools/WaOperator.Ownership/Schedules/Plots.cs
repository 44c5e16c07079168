namespace WaOperator.Ownership.Schedules;

/// <summary>
/// Faults alone, and faults that belong together: what breaks a rule is seldom one of them, and chance alone would take long to find
/// those that do. Everything is drawn from the schedule's random numbers.
/// </summary>
internal static class Plots
{
    private static readonly FaultKind[] Anywhere =
    [
        FaultKind.LeaseSilent,
        FaultKind.LeaseSilent,
        FaultKind.WorkSilent,
        FaultKind.AllSilent,
        FaultKind.AllSilent,
        FaultKind.Reset,
        FaultKind.Forgotten,
        FaultKind.ClockStep,
        FaultKind.ClockStep,
        FaultKind.OperatorSilent,
        FaultKind.OperatorFollows,
        FaultKind.Move,
        FaultKind.Move,
        FaultKind.Restart,
        FaultKind.Replace,
        FaultKind.BackendsEnded,
        FaultKind.BackendStopped,
        FaultKind.PoolReplaced,
        FaultKind.PoolLost,
    ];

    private static readonly FaultKind[] InProcesses =
    [
        .. Anywhere,
        .. Enumerable.Repeat(FaultKind.Stopped, 12),
        FaultKind.Killed,
        FaultKind.Killed,
        FaultKind.KilledForGood,
        FaultKind.Forced,
    ];

    /// <summary>One fault.</summary>
    public static Fault Single(Random random, int owners, int sessions, int at, bool processes)
    {
        var kinds = processes ? InProcesses : Anywhere;
        var kind = kinds[random.Next(kinds.Length)];
        var isMove = kind == FaultKind.Move;
        return new(
            at,
            kind,
            random.Next(isMove ? sessions : owners),
            // Around the lease's life: what is much shorter or longer shows less.
            random.Next(100, 800),
            isMove ? random.Next(owners)
                : random.Next(2) == 0 ? random.Next(200, 3000)
                : -random.Next(200, 3000)
        );
    }

    /// <summary>One of the plots.</summary>
    public static IEnumerable<Fault> Any(Random random, int owners, int sessions, bool processes) =>
        random.Next(processes ? 5 : 4) switch
        {
            0 => LateWrite(random, owners),
            1 => BlindOwner(random, owners, sessions, random.Next(100, 500)),
            2 => OldWord(random, owners, sessions),
            3 => PoolLife(random, owners),
            _ => Hanging(random, owners),
        };

    /// <summary>An owner loses its lease while a write of it stands before its COMMIT.</summary>
    private static IEnumerable<Fault> LateWrite(Random random, int owners)
    {
        var (owner, at) = (random.Next(owners), random.Next(100, 500));
        yield return new(at, FaultKind.LeaseSilent, owner, random.Next(400, 900), 0);
        yield return new(
            at + random.Next(50, 200),
            FaultKind.BackendStopped,
            owner,
            random.Next(200, 600),
            0
        );
    }

    /// <summary>
    /// An owner does not learn that its sessions are to go, and the database's clock jumps over its lease's end just before it renews.
    /// </summary>
    private static IEnumerable<Fault> BlindOwner(Random random, int owners, int sessions, int at)
    {
        var owner = random.Next(owners);
        var step = at + random.Next(150, 400);
        yield return new(at, FaultKind.WorkSilent, owner, random.Next(600, 900), 0);
        for (var session = 0; session < sessions; session++)
            yield return new(
                at + 10,
                FaultKind.Move,
                session,
                0,
                (owner + random.Next(1, owners)) % owners
            );
        yield return new(step, FaultKind.LeaseSilent, owner, random.Next(50, 205), 0);
        yield return new(step + 5, FaultKind.ClockStep, 0, 0, random.Next(400, 3000));
    }

    /// <summary>All lapse and are declared lost, no one can take anything, all come back; then a blind owner.</summary>
    private static IEnumerable<Fault> OldWord(Random random, int owners, int sessions)
    {
        for (var owner = 0; owner < owners; owner++)
            yield return new(50, FaultKind.AllSilent, owner, random.Next(600, 650), 0);
        foreach (var fault in BlindOwner(random, owners, sessions, random.Next(900, 1000)))
            yield return fault;
    }

    /// <summary>
    /// A pool is deleted and made again while a shard of it is dark; the operator may be away, and the rest of the pool be cut off.
    /// </summary>
    private static IEnumerable<Fault> PoolLife(Random random, int owners)
    {
        var (behind, at) = (random.Next(owners), random.Next(100, 500));
        yield return new(
            at,
            random.Next(2) == 0 ? FaultKind.PoolReplaced : FaultKind.PoolLost,
            behind,
            random.Next(300, 900),
            random.Next(4) == 0 ? -1 : random.Next(1, 3)
        );
        if (random.Next(3) == 0)
            yield return new(
                at - random.Next(100),
                FaultKind.OperatorSilent,
                0,
                random.Next(100, 900),
                0
            );
        if (random.Next(3) == 0)
            yield return new(
                at - random.Next(100),
                FaultKind.AllSilent,
                (behind + 1) % owners,
                random.Next(100, 900),
                0
            );
    }

    /// <summary>An owner stands still again and again, for about as long as it may act.</summary>
    private static IEnumerable<Fault> Hanging(Random random, int owners)
    {
        var owner = random.Next(owners);
        for (var at = random.Next(200); at < 900; at += random.Next(450, 700))
            yield return new(at, FaultKind.Stopped, owner, random.Next(150, 450), 0);
    }
}
