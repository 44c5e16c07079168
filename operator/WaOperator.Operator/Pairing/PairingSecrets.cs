using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Pairing;

/// <summary>What became of a pairing Secret.</summary>
/// <param name="Stands">It is there, with the current code.</param>
/// <param name="Trouble">What keeps it from being as it should be.</param>
internal readonly record struct SecretOutcome(bool Stands, Trouble? Trouble = null);

/// <summary>
/// Keeps the pairing Secrets: made with the first code of a round, changed with each further one, deleted when the session no
/// longer waits for its phone. A Secret of that name which is not ours is never touched.
/// </summary>
internal sealed class PairingSecrets(IKubernetes client)
{
    private sealed record Written(string? SecretUid, PairingCode Code);

    private readonly ConcurrentDictionary<string, Written> _written = new(StringComparer.Ordinal);

    /// <summary>Makes the Secret as it should be.</summary>
    public async Task<SecretOutcome> EnsureAsync(
        WhatsAppSession session,
        SessionFacts facts,
        SessionView view,
        CancellationToken ct
    )
    {
        var wanted = PairingSecret.IsWanted(facts, view);
        var outcome = new SecretOutcome(false);
        var refused = await Refusal.TellAsync<Secret>(
            wanted ? "write" : "delete",
            PairingSecret.NameOf(session.Metadata.Name!),
            async () =>
            {
                if (wanted)
                    outcome = await WriteAsync(session, facts.Code!, ct);
                else if (
                    _written.ContainsKey(facts.Uid) || session.Status?.PairingSecret is not null
                )
                    await DeleteAsync(session, ct);
            }
        );
        if (refused is not null)
            return new(!wanted, refused);
        if (!wanted)
            _written.TryRemove(facts.Uid, out _);
        return outcome;
    }

    /// <summary>The session is gone, and its Secret goes with it by its owner reference.</summary>
    public void Forget(string uid) => _written.TryRemove(uid, out _);

    private async Task<SecretOutcome> WriteAsync(
        WhatsAppSession session,
        PairingCode code,
        CancellationToken ct
    )
    {
        var uid = session.Metadata.Uid!;
        if (_written.TryGetValue(uid, out var last) && last.Code == code)
            return new(true);
        var secret = PairingSecret.Of(session, code);
        if (last is null || !await PatchAsync(secret, last.SecretUid, ct))
        {
            var (made, trouble) = await CreateAsync(session, secret, ct);
            if (made is null)
                return new(false, trouble);
            last = new(made.Metadata.Uid, code);
        }
        _written[uid] = last with { Code = code };
        return new(true);
    }

    private async Task<(Secret?, Trouble?)> CreateAsync(
        WhatsAppSession session,
        Secret secret,
        CancellationToken ct
    )
    {
        try
        {
            return (await client.CreateAsync(secret, ct), null);
        }
        catch (KubernetesException e) when (e.IsNamespaceTerminating)
        {
            return default;
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            var there = await GetAsync(secret, ct);
            if (there is not null && IsOurs(there, session))
                return (await PatchAsync(secret, there.Metadata.Uid, ct) ? there : null, null);
            return (
                null,
                new(
                    Reasons.SecretInvalid,
                    $"Secret {secret.Metadata.Name} exists and does not belong to this session, so its code cannot be shown; delete or rename that Secret"
                )
            );
        }
    }

    /// <summary>Puts the new code in place of the old; false when the Secret is gone.</summary>
    private async Task<bool> PatchAsync(Secret secret, string? uid, CancellationToken ct)
    {
        var data = new JsonObject();
        foreach (var key in PairingSecret.Keys)
            data[key] = null;
        foreach (var (key, value) in secret.Data!)
            data[key] = Convert.ToBase64String(value);
        try
        {
            await client.PatchMergeAsync<Secret>(
                secret.Metadata.Name!,
                secret.Metadata.Namespace,
                new JsonObject
                {
                    ["metadata"] = new JsonObject { ["uid"] = uid },
                    ["data"] = data,
                },
                ct: ct
            );
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            return false;
        }
    }

    private async Task DeleteAsync(WhatsAppSession session, CancellationToken ct)
    {
        var (name, ns) = (PairingSecret.NameOf(session.Metadata.Name!), session.Metadata.Namespace);
        var uid = _written.TryGetValue(session.Metadata.Uid!, out var written)
            ? written.SecretUid
            : null;
        if (uid is null)
        {
            var there = await client.GetAsync<Secret>(name, ns, ct);
            if (there is null || !IsOurs(there, session))
                return;
            uid = there.Metadata.Uid;
        }
        try
        {
            await client.DeleteAsync<Secret>(name, ns, new() { Uid = uid }, ct);
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            // Another Secret has taken its name: ours is gone.
        }
    }

    private Task<Secret?> GetAsync(Secret secret, CancellationToken ct) =>
        client.GetAsync<Secret>(secret.Metadata.Name!, secret.Metadata.Namespace, ct);

    private static bool IsOurs(Secret secret, WhatsAppSession session) =>
        secret.Metadata.Controller?.Uid == session.Metadata.Uid;
}
