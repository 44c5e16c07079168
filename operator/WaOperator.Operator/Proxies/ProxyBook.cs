using System.Collections.Concurrent;
using System.Text;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Operator.Sessions;
using WaOperator.PhoneNumbers;
using WaOperator.Resources;
using WaOperator.Sealing;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Proxies;

/// <summary>A value of a Secret as it was last read.</summary>
/// <param name="List">The proxies; null: they cannot be used.</param>
/// <param name="Version">Which value it is; empty without one.</param>
/// <param name="Trouble">Why they cannot be used.</param>
internal sealed record ProxySight(ProxyList? List, string Version, Trouble? Trouble);

/// <summary>The proxies that sessions declare, as they were last read. Safe for many threads.</summary>
/// <param name="wake">Called when something is asked for that was not read yet.</param>
internal sealed class ProxyBook(Action wake)
{
    private readonly ConcurrentDictionary<ProxyAt, ProxySight?> _seen = new();
    private BoxKey? _key;

    /// <summary>What is declared there was read for the first time, or changed.</summary>
    public Signal<ProxyAt> Changed { get; } = new();

    /// <summary>All that were asked for.</summary>
    public IEnumerable<ProxyAt> Known => _seen.Keys;

    /// <summary>What was asked for and not read yet.</summary>
    public IEnumerable<ProxyAt> Unread =>
        from known in _seen
        where known.Value is null
        select known.Key;

    /// <summary>What addresses are sealed to; null before the first pod has run.</summary>
    public BoxKey? Key
    {
        get => Volatile.Read(ref _key);
        set => Volatile.Write(ref _key, value);
    }

    /// <summary>The proxy that a session declares; null: none, or it is not read yet and <see cref="Changed"/> tells when it is.</summary>
    /// <param name="session">The session.</param>
    /// <param name="before">What it has: it stays as it is if it is the same.</param>
    public ProxyVerdict? For(WhatsAppSession session, SealedProxy? before)
    {
        if (ProxyAt.Of(session) is not { } at)
            return null;
        if (_seen.GetOrAdd(at, (ProxySight?)null) is not { } sight)
        {
            wake();
            return null;
        }
        if (sight.List is null)
            return new(null, sight.Trouble);
        if (Key is not { } key)
            return new(null, new(Reasons.ProxyWaitsForPods, Reasons.ProxyWaitsForPods.Meaning));
        return before?.Version == sight.Version && before.BoxKey == key.Id
            ? new(before, null)
            : new(
                Seal(
                    sight.List.For(PhoneNumber.Account(session.Spec.PhoneNumber)),
                    sight.Version,
                    key
                ),
                null
            );
    }

    /// <summary>What was read.</summary>
    public void Put(ProxyAt at, ProxySight sight)
    {
        if (!_seen.TryGetValue(at, out var before))
            return;
        _seen[at] = sight;
        if (before?.Version != sight.Version || before.Trouble != sight.Trouble)
            Changed.Emit(at);
    }

    /// <summary>No session asks for it any more.</summary>
    public void Forget(ProxyAt at) => _seen.TryRemove(at, out _);

    private static SealedProxy Seal(string address, string version, BoxKey key) =>
        new(version, key.Id, SealedBox.Seal(key.Public, Encoding.UTF8.GetBytes(address)));
}
