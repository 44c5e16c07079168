using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Decides which shard holds which session: a pure function without clock, I/O or floating point, so that the same input
/// gives the same output on every machine.
/// </summary>
/// <remarks>
/// A session keeps its place as long as its shard serves or is on its way back. Only these get a place: sessions without
/// one, the sessions of a lost shard, and, as far as the move budget reaches, those of a draining shard or of another pool
/// than their own. Each goes to the shard that rendezvous hashing picks among those with room under every limit and
/// below the balance bound; where no shard is below the bound, to the least loaded with room. Creating or deleting a
/// session or adding a shard therefore moves nothing, and losing a shard moves exactly its own sessions. A place that a
/// move frees is given away by the next plan: plan again until there are no changes.
/// </remarks>
public static class PlacementEngine
{
    /// <summary>Plans the next step from <paramref name="input"/>.</summary>
    public static PlacementPlan Plan(PlacementInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Run(input).Plan();
    }

    private sealed class Run(PlacementInput input)
    {
        private readonly Board _board = new(input);
        private readonly List<PlacementDecision> _changes = [];
        private readonly List<Unplaced> _unplaced = [];
        private readonly List<int> _stranded = [];
        private readonly List<int> _queue = [];
        private readonly List<int> _movers = [];
        private readonly int[] _moves = [.. input.Pools.Select(p => p.Moves)];
        private int _deferred;

        public PlacementPlan Plan()
        {
            Sort();
            Admit();
            BoundPools();
            foreach (var i in _queue)
                Place(i);
            foreach (var i in _movers)
                Move(i);
            return new(_changes, _unplaced, _stranded, _board.Loads(), _deferred);
        }

        /// <summary>Who stays, who needs a place and who is to move, each in the order of the queue.</summary>
        private void Sort()
        {
            for (var i = 0; i < input.Sessions.Count; i++)
            {
                var session = input.Sessions[i];
                var state = session.Placed is { } placed ? _board.StateOf(placed) : null;
                if (state is not null)
                    _board.Add(session.Placed!.Value, Board.Cost(session));
                if (state is null or ShardState.Lost)
                    _queue.Add(i);
                else if (state is ShardState.Draining || session.Placed!.Value.Pool != session.Pool)
                    _movers.Add(i);
            }
            _queue.Sort(ByTurn);
            _movers.Sort(ByTurn);
        }

        /// <summary>
        /// Takes out of the queue who may not be placed at all. A tenant's limit stops newcomers only: sessions that already
        /// had a place keep their right to one.
        /// </summary>
        private void Admit()
        {
            var used = new (int Sessions, long Memory)[input.Tenants.Count];
            foreach (var session in input.Sessions)
                if (session.Placed is not null)
                    Count(session);
            _queue.RemoveAll(i =>
            {
                var session = input.Sessions[i];
                var cost = Board.Cost(session);
                var limit = input.Tenants[session.Tenant];
                var (sessions, memory) = used[session.Tenant];
                if (_board.IsTooLarge(session.Pool, cost))
                    Refuse(i, PlacementReason.TooLarge);
                else if (session.Placed is not null)
                    return false;
                else if (sessions >= limit.Sessions || cost > limit.Memory - memory)
                    Refuse(i, PlacementReason.TenantLimit);
                else
                {
                    Count(session);
                    return false;
                }
                return true;
            });

            void Count(in PlacementSession session)
            {
                ref var use = ref used[session.Tenant];
                use = (use.Sessions + 1, use.Memory + Board.Cost(session));
            }
        }

        private void BoundPools()
        {
            var waiting = new (int Sessions, long Memory)[input.Pools.Count];
            foreach (var i in _queue.Concat(_movers))
            {
                var session = input.Sessions[i];
                ref var sum = ref waiting[session.Pool];
                sum = (sum.Sessions + 1, sum.Memory + Board.Cost(session));
            }
            for (var pool = 0; pool < waiting.Length; pool++)
                _board.Bound(pool, waiting[pool].Sessions, waiting[pool].Memory);
        }

        private void Place(int i)
        {
            if (Settle(i, out var own) is { } to)
                Change(i, to, own ? PlacementReason.Hashed : PlacementReason.Overflow);
            else
                Refuse(
                    i,
                    _board.IsServed(input.Sessions[i].Pool)
                        ? PlacementReason.NoCapacity
                        : PlacementReason.NoShard
                );
        }

        /// <summary>Moves a session that runs, if the budget of its pool is not used up.</summary>
        private void Move(int i)
        {
            ref var moves = ref _moves[input.Sessions[i].Pool];
            if (moves <= 0)
                _deferred++;
            else if (Settle(i, out _) is { } to)
            {
                moves--;
                Change(i, to, PlacementReason.Drained);
            }
            else
                _stranded.Add(i);
        }

        /// <summary>Puts the session on the board where it fits best.</summary>
        private ShardRef? Settle(int i, out bool own)
        {
            var session = input.Sessions[i];
            var cost = Board.Cost(session);
            var to = _board.Choose(session.Pool, StableHash.Mix((ulong)session.Id), cost, out own);
            if (to is null)
                return null;
            if (session.Placed is { } from && _board.StateOf(from) is not null)
                _board.Remove(from, cost);
            _board.Add(to.Value, cost);
            return to;
        }

        private void Change(int i, ShardRef? to, PlacementReason reason) =>
            _changes.Add(new(i, input.Sessions[i].Placed, to, reason));

        /// <summary>No place: who still has a shard that may come back waits there, whoever has none waits in the queue.</summary>
        private void Refuse(int i, PlacementReason reason)
        {
            var session = input.Sessions[i];
            if (session.Placed is { } placed && _board.StateOf(placed) is not null)
            {
                _stranded.Add(i);
                return;
            }
            if (session.Placed is not null)
                Change(i, null, reason);
            _unplaced.Add(new(i, reason));
        }

        private int ByTurn(int a, int b)
        {
            PlacementSession x = input.Sessions[a],
                y = input.Sessions[b];
            var order = y.Priority.CompareTo(x.Priority);
            if (order == 0)
                order = x.Since.CompareTo(y.Since);
            return order != 0 ? order : x.Id.CompareTo(y.Id);
        }
    }
}
