namespace WaOperator.Operator.Placement;

/// <summary>A plan in the making: what was decided so far, and the loads that follow from it.</summary>
internal sealed class Draft
{
    private readonly List<PlacementDecision> _changes = [];
    private readonly List<Unplaced> _unplaced = [];
    private readonly List<int> _stranded = [];
    private readonly int[] _moves;
    private readonly bool[] _decided;
    private readonly PoolBalance[] _balance;
    private Dictionary<ShardRef, List<int>>? _members;
    private int _deferred;

    public Draft(PlacementInput input)
    {
        Input = input;
        Board = new(input);
        _moves = [.. input.Pools.Select(p => p.Holds ? 0 : p.Moves)];
        _balance = new PoolBalance[input.Pools.Count];
        _decided = new bool[input.Sessions.Count];
        foreach (var session in input.Sessions)
        {
            Board.Find(session.Placed)?.Add(Board.Cost(session));
            if (IsRecent(session.Evicted) && Board.Find(session.Evicted!.Value.From) is { } from)
                from.IsRelieved = true;
        }
    }

    public PlacementInput Input { get; }

    public Board Board { get; }

    /// <summary>Whether an eviction still keeps the session from the shard that it was evicted from.</summary>
    public static bool IsRecent(Eviction? eviction) =>
        eviction is { MinutesAgo: < PlacementRules.ReturnMinutes };

    /// <summary>Sessions of a shard that nothing was decided about yet, in the order of their keys.</summary>
    public List<int> MembersOf(ShardSlot slot)
    {
        _members ??= Members();
        return _members.TryGetValue(slot.Ref, out var all)
            ? all.FindAll(i => !_decided[i] && Input.Sessions[i].Pool == slot.Shard.Pool)
            : [];
    }

    /// <summary>What a session asks for, and where it may not go.</summary>
    public Ask AskOf(int i, ShardSlot? leaving = null)
    {
        var session = Input.Sessions[i];
        var barred =
            IsRecent(session.Evicted) && session.Evicted!.Value.From.Pool == session.Pool
                ? session.Evicted.Value.From.Ordinal
                : -1;
        return new(
            StableHash.Mix((ulong)session.Id),
            Board.Cost(session),
            barred,
            leaving?.Shard.Ordinal ?? -1,
            session.Evicted is not null
        );
    }

    /// <summary>Puts the session on the board where it fits best.</summary>
    public ShardSlot? Settle(int i, in Ask ask, out bool own)
    {
        var to = Board.Choose(Input.Sessions[i].Pool, ask, out own);
        if (to is not null)
            Put(i, to);
        return to;
    }

    /// <summary>Puts the session on a shard.</summary>
    public void Put(int i, ShardSlot? to)
    {
        var session = Input.Sessions[i];
        var cost = Board.Cost(session);
        Board.Find(session.Placed)?.Remove(cost);
        to?.Add(cost);
    }

    public void Change(int i, ShardSlot? to, PlacementReason reason)
    {
        _decided[i] = true;
        _changes.Add(new(i, Input.Sessions[i].Placed, to?.Ref, reason));
    }

    public void Wait(int i, PlacementReason reason) => _unplaced.Add(new(i, reason));

    public void Strand(int i) => _stranded.Add(i);

    /// <summary>Takes a move out of the pool's budget; what finds none is counted.</summary>
    public bool TryTakeMove(int pool)
    {
        if (_moves[pool] <= 0)
        {
            _deferred++;
            return false;
        }
        _moves[pool]--;
        return true;
    }

    /// <summary>The move that was taken is not made.</summary>
    public void GiveBackMove(int pool) => _moves[pool]++;

    public void Balance(int pool, PoolBalance balance) => _balance[pool] = balance;

    public PlacementPlan ToPlan() =>
        new(
            _changes,
            _unplaced,
            _stranded,
            Board.Loads(),
            _balance,
            _deferred,
            Input.Sessions.Count(s => Board.Find(s.Placed) is not null)
                - _changes.Count(c => Board.Find(c.From) is not null)
        );

    private Dictionary<ShardRef, List<int>> Members()
    {
        var members = new Dictionary<ShardRef, List<int>>();
        for (var i = 0; i < Input.Sessions.Count; i++)
            if (Input.Sessions[i].Placed is { } at)
            {
                if (!members.TryGetValue(at, out var list))
                    members.Add(at, list = []);
                list.Add(i);
            }
        foreach (var list in members.Values)
            list.Sort((a, b) => Input.Sessions[a].Id.CompareTo(Input.Sessions[b].Id));
        return members;
    }
}
