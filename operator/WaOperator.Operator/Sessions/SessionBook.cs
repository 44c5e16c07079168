using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.PhoneNumbers;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Sessions;

/// <summary>
/// What the leader knows of all sessions. The loops write to it what they learn and read from it what the others learnt;
/// every change is announced.
/// </summary>
public sealed class SessionBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SessionFacts> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<NamespacedName, string> _byName = [];
    private readonly Dictionary<long, string> _byId = [];

    // Keyed by account: two numbers can be one (PhoneNumber.Account).
    private readonly Dictionary<string, string> _byPhone = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _phoneOf = new(StringComparer.Ordinal);

    private readonly SessionIndex<string> _ofPool = new(f =>
        f.Stored?.Row.PoolUid is { } pool ? [pool] : []
    );
    private readonly SessionIndex<string> _placedIn = new(f =>
        f.Shard is { } shard ? [shard.PoolUid] : []
    );
    private readonly SessionIndex<ShardId> _ofShard = new(f => f.Shard is { } shard ? [shard] : []);
    private readonly SessionIndex<bool> _unclaimed = new(f => f.IsUnclaimed ? [true] : []);

    /// <summary>The facts of a session changed to these.</summary>
    public Signal<SessionFacts> Changed { get; } = new();

    /// <summary>The session of that resource.</summary>
    public SessionFacts? Find(string? uid)
    {
        lock (_lock)
            return uid is null ? null : _byUid.GetValueOrDefault(uid);
    }

    /// <summary>The session that last had that name.</summary>
    public SessionFacts? Find(NamespacedName name)
    {
        lock (_lock)
            return _byName.TryGetValue(name, out var uid) ? _byUid.GetValueOrDefault(uid) : null;
    }

    /// <summary>The session of that row.</summary>
    public SessionFacts? Find(long id)
    {
        lock (_lock)
            return _byId.TryGetValue(id, out var uid) ? _byUid.GetValueOrDefault(uid) : null;
    }

    /// <summary>All sessions at this moment, in no order.</summary>
    public IReadOnlyList<SessionFacts> All()
    {
        lock (_lock)
            return [.. _byUid.Values];
    }

    /// <summary>The sessions whose row names the pool, in no order.</summary>
    public IReadOnlyList<SessionFacts> OfPool(string poolUid)
    {
        lock (_lock)
            return Facts(_ofPool.Of(poolUid));
    }

    /// <summary>The sessions of the pool, and those that still have a place in it, in no order.</summary>
    public IReadOnlyList<SessionFacts> OfPoolOrIn(string poolUid)
    {
        lock (_lock)
            return Facts(_ofPool.Of(poolUid).Union(_placedIn.Of(poolUid), StringComparer.Ordinal));
    }

    /// <summary>The sessions that are placed on the shard, in no order.</summary>
    public IReadOnlyList<SessionFacts> OfShard(ShardId shard)
    {
        lock (_lock)
            return Facts(_ofShard.Of(shard));
    }

    /// <summary>The sessions that are <see cref="SessionFacts.IsUnclaimed"/>, in no order. Few: none while nothing moves.</summary>
    public IReadOnlyList<SessionFacts> Unclaimed()
    {
        lock (_lock)
            return Facts(_unclaimed.Of(true));
    }

    /// <summary>How many of them have a row.</summary>
    public int CountStored()
    {
        lock (_lock)
            return _byId.Count;
    }

    /// <summary>Changes what is known of a session; makes its entry if there is none.</summary>
    public SessionFacts Update(
        string uid,
        NamespacedName name,
        Func<SessionFacts, SessionFacts> change
    ) => Change(uid, before => change(before ?? new(uid, name)), name)!;

    /// <summary>Changes what is known of a session, if it is known at all.</summary>
    public void UpdateKnown(string uid, Func<SessionFacts, SessionFacts> change) =>
        Change(uid, before => before is null ? null : change(before));

    private SessionFacts? Change(
        string uid,
        Func<SessionFacts?, SessionFacts?> change,
        NamespacedName? name = null
    )
    {
        SessionFacts after;
        lock (_lock)
        {
            var before = _byUid.GetValueOrDefault(uid);
            if (change(before) is not { } changed || changed == before)
                return before;
            after = changed;
            if (before?.Stored is { } old && old.Id != after.Stored?.Id)
                _byId.Remove(old.Id);
            if (after.Stored is { } stored)
                _byId[stored.Id] = uid;
            _byUid[uid] = after;
            _byName[name ?? after.Name] = uid;
            IndexLocked(before, after);
        }
        Changed.Emit(after);
        return after;
    }

    /// <summary>The resource is gone and so is all that was known of it.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            if (!_byUid.Remove(uid, out var gone))
                return;
            if (gone.Stored is { } stored)
                _byId.Remove(stored.Id);
            if (_byName.GetValueOrDefault(gone.Name) == uid)
                _byName.Remove(gone.Name);
            IndexLocked(gone, null);
            GiveBackLocked(uid);
        }
    }

    /// <summary>
    /// Takes the phone for a session. Who has it keeps it, so that a running session is never displaced by an older one
    /// that was invalid until now.
    /// </summary>
    /// <returns>Who has it: <paramref name="uid"/> itself when it is free.</returns>
    public string TakePhone(string phone, string uid)
    {
        var account = PhoneNumber.Account(phone);
        lock (_lock)
        {
            if (_byPhone.TryGetValue(account, out var holder))
                return holder;
            GiveBackLocked(uid);
            _phoneOf[uid] = account;
            return _byPhone[account] = uid;
        }
    }

    /// <summary>UID of the session that has the phone, if any.</summary>
    public string? HolderOf(string phone)
    {
        lock (_lock)
            return _byPhone.GetValueOrDefault(PhoneNumber.Account(phone));
    }

    /// <summary>Gives the phone back that this session has.</summary>
    /// <returns>The account that is free now; null when it had none.</returns>
    public string? GiveBackPhone(string uid)
    {
        lock (_lock)
            return GiveBackLocked(uid);
    }

    private void IndexLocked(SessionFacts? before, SessionFacts? after)
    {
        _ofPool.Update(before, after);
        _placedIn.Update(before, after);
        _ofShard.Update(before, after);
        _unclaimed.Update(before, after);
    }

    private List<SessionFacts> Facts(IEnumerable<string> uids) => [.. uids.Select(u => _byUid[u])];

    private string? GiveBackLocked(string uid)
    {
        if (_phoneOf.Remove(uid, out var phone))
            _byPhone.Remove(phone);
        return phone;
    }

    /// <summary>Puts in a session as stored in the database, at the start of a leader.</summary>
    public void Load(StoredSession stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var row = stored.Row;
        TakePhone(row.Phone, row.Uid);
        Update(row.Uid, new(row.Namespace, row.Name), f => f with { Stored = stored });
    }
}
