using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Proxies;

/// <summary>
/// The proxies of the sessions of a tenure, opened, so that a session can dial again while PostgreSQL is away. Sessions that connect directly
/// cost nothing here. Safe for many threads.
/// </summary>
internal sealed class ProxyShelf(SessionProxies stored, BoxKeys keys)
{
    private readonly ConcurrentDictionary<long, Entry> _entries = new();

    /// <summary>Brings in what is new of the proxies of sessions, all in one query.</summary>
    /// <param name="wanted">What the operator wants of them.</param>
    /// <param name="ct">Gives up.</param>
    public async Task LoadAsync(IEnumerable<Assignment> wanted, CancellationToken ct)
    {
        var asked = new List<long>();
        foreach (var session in wanted)
            if (session.ProxyVersion is null)
                Forget(session.Id);
            else if (_entries.GetValueOrDefault(session.Id)?.Version != session.ProxyVersion)
                asked.Add(session.Id);
        if (asked.Count == 0)
            return;
        foreach (var row in await stored.ReadAsync(asked, ct))
            _entries[row.SessionId] = await OpenAsync(row, ct);
    }

    /// <summary>Brings in the proxies of sessions that were just claimed, whatever was known of them when they were read.</summary>
    /// <param name="claimed">The sessions.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The same sessions, with the proxies that they have now.</returns>
    public async Task<IReadOnlyList<Assignment>> RenewAsync(
        IReadOnlyList<Assignment> claimed,
        CancellationToken ct
    )
    {
        var rows = (await stored.ReadAsync([.. claimed.Select(a => a.Id)], ct)).ToDictionary(r =>
            r.SessionId
        );
        foreach (var row in rows.Values)
            _entries[row.SessionId] = await OpenAsync(row, ct);
        return
        [
            .. claimed.Select(a => a with { ProxyVersion = rows.GetValueOrDefault(a.Id)?.Version }),
        ];
    }

    /// <summary>Whether a session has a proxy that was not brought in.</summary>
    public bool Lacks(Assignment wanted) =>
        wanted.ProxyVersion is not null && !_entries.ContainsKey(wanted.Id);

    /// <summary>The proxy of a session; null: it connects directly.</summary>
    /// <exception cref="ProxyUnreadableException">It has one whose address cannot be had.</exception>
    public ProxyAddress? For(Assignment wanted)
    {
        if (wanted.ProxyVersion is null)
            return null;
        if (_entries.GetValueOrDefault(wanted.Id) is not { } entry)
            throw new ProxyUnreadableException("the address of its proxy was not read yet");
        return entry.Address ?? throw new ProxyUnreadableException(entry.Fault!);
    }

    /// <summary>Whether a session is to go another way than it does.</summary>
    /// <param name="wanted">What the operator wants of it now.</param>
    /// <param name="proxy">Where it goes through; null: nothing.</param>
    public bool IsElsewhere(Assignment wanted, ProxyAddress? proxy) =>
        wanted.ProxyVersion is null
            ? proxy is not null
            // One that cannot be had is not the way of a session that connects directly.
            : _entries.GetValueOrDefault(wanted.Id)?.Address is not { } address
                || !address.Equals(proxy);

    /// <summary>The session is no longer run here.</summary>
    public void Forget(long session) => _entries.TryRemove(session, out _);

    private async Task<Entry> OpenAsync(SealedProxyRow row, CancellationToken ct)
    {
        var (plain, fault) = await keys.OpenAsync(row.BoxKey, row.Box, ct);
        if (plain is null)
            return new(row.Version, null, $"the address of its proxy cannot be opened: {fault}");
        try
        {
            return ProxyAddress.TryParse(
                Encoding.UTF8.GetString(plain),
                out var proxy,
                out var problem
            )
                ? new(row.Version, proxy, null)
                : new(row.Version, null, $"the address of its proxy {problem}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private sealed record Entry(string Version, ProxyAddress? Address, string? Fault);
}
