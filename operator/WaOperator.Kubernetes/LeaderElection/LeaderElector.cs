using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.LeaderElection;

/// <summary>
/// One of several processes leads, by a Lease object. No clock is compared with another's: a candidate takes over when it
/// has seen the record unchanged for the lease's duration on its own monotonic clock, and the leader counts its time from
/// before it sent the last renewal that succeeded and gives up earlier (RenewDeadline) than any other may take over
/// (LeaseDuration). So there is never a moment at which two believe that they lead, as long as clocks run at like speed.
/// What must hold even for a process that was frozen needs a fence of its own where the writes go.
/// The algorithm is client-go's; what a program wants beside it is its <see cref="Policy"/>.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly IKubernetes _client;
    private readonly LeaderElectionOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private Lease? _observed;
    private long _observedAt;
    private long _renewedAt;
    private long? _resignedAt;
    private bool _conflicted;
    private CancellationTokenSource? _work;
    private volatile bool _leading;

    /// <summary>Makes a candidate; <see cref="RunAsync"/> lets it stand.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">The options do not fit together.</exception>
    public LeaderElector(
        IKubernetes client,
        LeaderElectionOptions options,
        ILoggerFactory loggers,
        TimeProvider? time = null
    )
    {
        options.Validate();
        _client = client;
        _options = options;
        _logger = loggers.CreateLogger<LeaderElector>();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Who this candidate is.</summary>
    public string Identity => _options.Identity;

    /// <summary>Whether this process may act as the leader at this moment.</summary>
    public bool IsLeader => _leading && SinceRenewal < _options.RenewDeadline;

    /// <summary>Who leads as far as this process knows; null: none, or not known yet.</summary>
    public string? Leader =>
        _observed?.Spec?.HolderIdentity is { Length: > 0 } holder ? holder : null;

    /// <summary>Who may lead, and who resigns. Default: the first that gets the lease leads, and keeps it.</summary>
    public ILeaderElectionPolicy? Policy { get; init; }

    private TimeSpan SinceRenewal => _time.GetElapsedTime(Volatile.Read(ref _renewedAt));

    /// <summary>
    /// Stands until elected, then runs <paramref name="lead"/> while renewing the lease. When cancelled, when
    /// <paramref name="lead"/> ends by itself, or when the policy resigns: waits for its end, still renewing, and then releases the
    /// lease (unless it failed).
    /// </summary>
    /// <param name="lead">
    /// The leader's work; its token is cancelled on stop, on loss and on resignation, and from then on it must begin no write.
    /// </param>
    /// <param name="ct">Stops.</param>
    /// <exception cref="LeadershipLostException">
    /// The lease was lost, or given up while the work could not end. <paramref name="lead"/> was cancelled but may still run.
    /// </exception>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        KubernetesMetrics.Elects(_options.LeaseName, () => IsLeader);
        try
        {
            if (await AcquireAsync(ct))
                await LeadAsync(lead, ct);
        }
        finally
        {
            _leading = false;
            KubernetesMetrics.ElectsNoMore(_options.LeaseName);
        }
    }

    private async Task<bool> AcquireAsync(CancellationToken ct)
    {
        Log.Stands(_logger, _options.Identity, _options.Namespace, _options.LeaseName);
        while (!ct.IsCancellationRequested)
        {
            if (await TryAsync(_options.RenewDeadline, ct))
                return true;
            // After a conflict soon: what was read is no more.
            var pause = _conflicted ? _options.RetryPeriod / 10 : _options.RetryPeriod;
            await PauseAsync(pause * (1 + Random.Shared.NextDouble() * _options.Jitter), ct);
        }
        return false;
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        Log.Leads(_logger, _options.Identity);
        _leading = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _work = stop;
        var work = Task.Run(() => lead(stop.Token), CancellationToken.None);
        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(ended.Token);
        if (await Task.WhenAny(work, renewal) == renewal)
        {
            var resigns = _resignedAt is not null && IsLeader && Leader == _options.Identity;
            _leading = false;
            if (!resigns)
                Log.Lost(_logger, _options.Identity, Leader);
            await stop.CancelAsync();
            _ = work.ContinueWith(
                t => Log.WorkFailed(_logger, t.Exception!),
                default,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );
            if (resigns)
                await ReleaseAsync();
            var lease = $"{_options.Namespace}/{_options.LeaseName}";
            throw new LeadershipLostException(
                resigns
                    ? $"{Identity} resigned from the lease {lease}; its work could not end at once"
                : Leader is { } l && l != Identity
                    ? $"{Identity} lost the lease {lease}; {l} leads now"
                : $"{Identity} lost the lease {lease}; it could not be renewed in time"
            );
        }
        await ended.CancelAsync();
        await renewal;
        _leading = false;
        // Work that failed may have left something running: then the lease runs out in its own time.
        await work;
        await ReleaseAsync();
    }

    /// <summary>Renews; ends when told to, or when the lease is lost.</summary>
    private async Task RenewAsync(CancellationToken ended)
    {
        while (true)
        {
            // After a conflict soon: another candidate changed the record, perhaps to ask for it.
            await PauseAsync(_options.RetryPeriod / (_conflicted ? 10 : 1), ended);
            if (ended.IsCancellationRequested)
                return;
            // What it cannot do may be what keeps its work from ending; its token is cancelled, so nothing new begins.
            if (_resignedAt is { } since && _time.GetElapsedTime(since) >= _options.RetryPeriod)
                return;
            // Half the deadline for each attempt: one answer that does not come must not be the last chance.
            var left = _options.RenewDeadline - SinceRenewal;
            if (left <= TimeSpan.Zero)
                return;
            var limit = TimeSpan.FromTicks(Math.Min(left.Ticks, _options.RenewDeadline.Ticks / 2));
            if (
                !await TryAsync(limit, ended)
                && (
                    SinceRenewal >= _options.RenewDeadline
                    || (Leader is { } other && other != _options.Identity)
                )
            )
                return;
        }
    }

    /// <summary>One attempt to get or to renew the lease; false when another has it or the server did not let us.</summary>
    private async Task<bool> TryAsync(TimeSpan limit, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        _conflicted = false;
        try
        {
            return await TryAcquireOrRenewAsync(linked.Token);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            // Another candidate was faster; the next attempt reads what it wrote.
            _observed = null;
            _conflicted = true;
            return false;
        }
        catch (Exception e)
        {
            Log.AttemptFailed(_logger, e.Message, _options.Namespace, _options.LeaseName);
            return false;
        }
    }

    private async Task<bool> TryAcquireOrRenewAsync(CancellationToken ct)
    {
        var sent = _time.GetTimestamp();
        // Who leads knows the record as it stands and need not read it first.
        var current =
            _leading && _observed is not null
                ? _observed
                : await _client.GetAsync<Lease>(_options.LeaseName, _options.Namespace, ct);
        if (current is null)
        {
            if (!MayLead())
                return false;
            var created = await _client.CreateAsync(
                new Lease
                {
                    Metadata = new() { Name = _options.LeaseName, Namespace = _options.Namespace },
                    Spec = Record(null),
                },
                ct
            );
            return Hold(created, sent);
        }
        Observe(current);
        if (!IsFree(current.Spec))
        {
            // The holder's record stays as it is: a candidate lengthens no other's lease.
            if (!_leading && Policy?.Held(current) is { } marked)
                Observe(await _client.ReplaceAsync(marked with { Spec = current.Spec }, ct));
            return false;
        }
        if (!MayLead())
            return false;
        var next = Cleared(current);
        if (_leading && Policy?.Renew(current) is var (renewed, resigns))
        {
            next = renewed;
            if (resigns)
                Resign();
        }
        sent = _time.GetTimestamp();
        return Hold(
            await _client.ReplaceAsync(next with { Spec = Record(current.Spec) }, ct),
            sent
        );
    }

    /// <summary>A leader may always renew; a candidate asks its policy.</summary>
    private bool MayLead() => _leading || Policy?.MayLead() != false;

    private Lease Cleared(Lease lease) => Policy?.Clear(lease) ?? lease;

    private void Resign()
    {
        if (_resignedAt is not null)
            return;
        _resignedAt = _time.GetTimestamp();
        // Not on this thread: what listens must not hold up the renewals.
        _ = _work?.CancelAsync();
    }

    private bool IsFree(LeaseSpec? spec)
    {
        if (spec?.HolderIdentity is not { Length: > 0 } holder || holder == _options.Identity)
            return true;
        // What the holder promised counts: its options may differ from ours during an update.
        var duration = spec.LeaseDurationSeconds is { } seconds
            ? TimeSpan.FromSeconds(seconds)
            : _options.LeaseDuration;
        return _time.GetElapsedTime(_observedAt) >= duration;
    }

    private LeaseSpec Record(LeaseSpec? before)
    {
        var now = _time.GetUtcNow();
        var renewal = before?.HolderIdentity == _options.Identity;
        return new()
        {
            HolderIdentity = _options.Identity,
            LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
            AcquireTime = renewal ? before!.AcquireTime : now,
            RenewTime = now,
            LeaseTransitions = renewal
                ? before!.LeaseTransitions
                : (before?.LeaseTransitions ?? -1) + 1,
        };
    }

    private bool Hold(Lease lease, long sent)
    {
        Volatile.Write(ref _renewedAt, sent);
        Observe(lease);
        return true;
    }

    private void Observe(Lease lease)
    {
        if (
            _observed?.Metadata.ResourceVersion == lease.Metadata.ResourceVersion
            && _observed is not null
        )
            return;
        if (_observed?.Spec != lease.Spec)
            _observedAt = _time.GetTimestamp();
        _observed = lease;
    }

    private async Task ReleaseAsync()
    {
        if (_observed is null)
            return;
        var now = _time.GetUtcNow();
        var record = new LeaseSpec
        {
            HolderIdentity = "",
            LeaseDurationSeconds = 1,
            AcquireTime = now,
            RenewTime = now,
            LeaseTransitions = _observed.Spec?.LeaseTransitions,
        };
        using var timeout = new CancellationTokenSource(_options.RenewDeadline, _time);
        try
        {
            var held = _observed;
            while (!await TryReleaseAsync(held, record, timeout.Token))
            {
                // Another candidate asked for it meanwhile.
                held = await _client.GetAsync<Lease>(
                    _options.LeaseName,
                    _options.Namespace,
                    timeout.Token
                );
                if (held?.Spec?.HolderIdentity != _options.Identity)
                    return;
            }
            Log.Released(_logger, _options.Identity);
        }
        catch (Exception e)
        {
            // It runs out by itself; the next leader only comes later.
            Log.ReleaseFailed(_logger, e.Message);
        }
    }

    private async Task<bool> TryReleaseAsync(Lease held, LeaseSpec record, CancellationToken ct)
    {
        try
        {
            _observed = await _client.ReplaceAsync(Cleared(held) with { Spec = record }, ct);
            return true;
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            return false;
        }
    }

    private async Task PauseAsync(TimeSpan time, CancellationToken ct) =>
        await Task.Delay(time, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.LeaderElectorStands,
            LogLevel.Information,
            "{Identity} attempts to acquire the lease {Namespace}/{Lease}"
        )]
        public static partial void Stands(
            ILogger logger,
            string identity,
            string @namespace,
            string lease
        );

        [LoggerMessage(EventIds.LeaderElectorLeads, LogLevel.Information, "{Identity} leads")]
        public static partial void Leads(ILogger logger, string identity);

        [LoggerMessage(
            EventIds.LeaderElectorLost,
            LogLevel.Error,
            "{Identity} lost the lease; its holder is {Holder}"
        )]
        public static partial void Lost(ILogger logger, string identity, string? holder);

        [LoggerMessage(
            EventIds.LeaderElectorReleased,
            LogLevel.Information,
            "{Identity} released the lease"
        )]
        public static partial void Released(ILogger logger, string identity);

        [LoggerMessage(
            EventIds.LeaderElectorReleaseFailed,
            LogLevel.Warning,
            "The lease could not be released and will run out: {Why}"
        )]
        public static partial void ReleaseFailed(ILogger logger, string why);

        [LoggerMessage(
            EventIds.LeaderElectorAttemptFailed,
            LogLevel.Warning,
            "The lease {Namespace}/{Lease} could not be read or written: {Why}"
        )]
        public static partial void AttemptFailed(
            ILogger logger,
            string why,
            string @namespace,
            string lease
        );

        [LoggerMessage(
            EventIds.LeaderElectorWorkFailed,
            LogLevel.Error,
            "The leader's work failed after the lease was lost"
        )]
        public static partial void WorkFailed(ILogger logger, Exception e);
    }
}
