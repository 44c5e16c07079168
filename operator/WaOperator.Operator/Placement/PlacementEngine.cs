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
/// session or adding a shard therefore moves nothing, and losing a shard moves exactly its own sessions. Three things
/// move a session that could stay: its shard runs out of memory (<see cref="PlacementReason.Evicted"/>), its shard is above a
/// cap, or its pool has been uneven for a while (<see cref="PlacementReason.Rebalanced"/>). A place that a
/// move frees is given away by the next plan: plan again until there are no changes. <see cref="PlacementRules"/> has the
/// figures. How time passes is for the caller to say, in minutes and measurements.
/// </remarks>
public static class PlacementEngine
{
    /// <summary>Plans the next step from <paramref name="input"/>.</summary>
    public static PlacementPlan Plan(PlacementInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Run(new Draft(input)).Plan();
    }

    private sealed class Run(Draft draft)
    {
        private readonly PlacementInput _input = draft.Input;
        private readonly Board _board = draft.Board;
        private readonly List<int> _queue = [];
        private readonly List<int> _movers = [];

        public PlacementPlan Plan()
        {
            Sort();
            Admit();
            BoundPools();
            // Before newcomers, so that they do not take the places of those who run.
            Evictor.Evict(draft);
            foreach (var i in _queue)
                Place(i);
            foreach (var i in _movers)
                Move(i);
            Rebalancer.Rebalance(draft);
            return draft.ToPlan();
        }

        /// <summary>Who stays, who needs a place and who is to move, each in the order of the queue.</summary>
        private void Sort()
        {
            for (var i = 0; i < _input.Sessions.Count; i++)
            {
                var session = _input.Sessions[i];
                var state = _board.Find(session.Placed)?.Shard.State;
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
            var used = new (int Sessions, long Memory)[_input.Tenants.Count];
            foreach (var session in _input.Sessions)
                if (HasRight(session))
                    Count(session);
            _queue.RemoveAll(i =>
            {
                var session = _input.Sessions[i];
                var cost = Board.Cost(session);
                var limit = _input.Tenants[session.Tenant];
                var (sessions, memory) = used[session.Tenant];
                if (_board.IsTooLarge(session.Pool, cost))
                    Refuse(i, PlacementReason.TooLarge);
                else if (HasRight(session))
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

            static bool HasRight(in PlacementSession session) =>
                session.Placed is not null || session.Evicted is not null;

            void Count(in PlacementSession session)
            {
                ref var use = ref used[session.Tenant];
                use = (use.Sessions + 1, use.Memory + Board.Cost(session));
            }
        }

        private void BoundPools()
        {
            var waiting = new (int Sessions, long Memory)[_input.Pools.Count];
            foreach (var i in _queue.Concat(_movers))
            {
                var session = _input.Sessions[i];
                ref var sum = ref waiting[session.Pool];
                sum = (sum.Sessions + 1, sum.Memory + Board.Cost(session));
            }
            for (var pool = 0; pool < waiting.Length; pool++)
                _board.Bound(pool, waiting[pool].Sessions, waiting[pool].Memory);
        }

        private void Place(int i)
        {
            if (draft.Settle(i, draft.AskOf(i), out var own) is { } to)
                draft.Change(i, to, own ? PlacementReason.Hashed : PlacementReason.Overflow);
            else
                Refuse(
                    i,
                    !_board.IsServed(_input.Sessions[i].Pool) ? PlacementReason.NoShard
                        : _input.Sessions[i] is { Evicted: not null, Placed: null }
                            ? PlacementReason.Evicted
                        : PlacementReason.NoCapacity
                );
        }

        /// <summary>Moves a session that runs, if the budget of its pool is not used up.</summary>
        private void Move(int i)
        {
            var pool = _input.Sessions[i].Pool;
            if (!draft.TryTakeMove(pool))
                return;
            if (draft.Settle(i, draft.AskOf(i), out _) is { } to)
            {
                draft.Change(i, to, PlacementReason.Drained);
                return;
            }
            draft.GiveBackMove(pool);
            draft.Strand(i);
        }

        /// <summary>No place: a session whose shard may come back waits there, one without a shard waits in the queue.</summary>
        private void Refuse(int i, PlacementReason reason)
        {
            var session = _input.Sessions[i];
            if (_board.Find(session.Placed) is not null)
            {
                draft.Strand(i);
                return;
            }
            if (session.Placed is not null)
                draft.Change(i, null, reason);
            draft.Wait(i, reason);
        }

        private int ByTurn(int a, int b)
        {
            PlacementSession x = _input.Sessions[a],
                y = _input.Sessions[b];
            var order = y.Priority.CompareTo(x.Priority);
            if (order == 0)
                order = x.Since.CompareTo(y.Since);
            return order != 0 ? order : x.Id.CompareTo(y.Id);
        }
    }
}
