using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.LeaderElection;

/// <summary>
/// One of several processes leads, by a Lease object. No clock is compared with another's: a candidate takes over when it
/// has seen the record unchanged for the lease's duration on its own monotonic clock, and the leader counts its time from
/// before it sent the last renewal that succeeded and gives up earlier (RenewDeadline) than anybody may take over
/// (LeaseDuration). So there is never a moment at which two believe that they lead, as long as clocks run at like speed.
/// What must hold even for a process that was frozen needs a fence of its own where the writes go.
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

    /// <summary>Who leads as far as this process knows; null: nobody, or not known yet.</summary>
    public string? Leader =>
        _observed?.Spec?.HolderIdentity is { Length: > 0 } holder ? holder : null;

    /// <summary>Called with the identity whenever another leader (or none: null) is seen.</summary>
    public Action<string?>? OnNewLeader { get; init; }

    /// <summary>Called before the work of the leader begins.</summary>
    public Action? OnStartedLeading { get; init; }

    /// <summary>Called when this process leads no more: by plan after its work has ended, by loss at once.</summary>
    public Action? OnStoppedLeading { get; init; }

    private TimeSpan SinceRenewal => _time.GetElapsedTime(Volatile.Read(ref _renewedAt));

    /// <summary>
    /// Stands until elected, then runs <paramref name="lead"/> while renewing the lease. When cancelled, or when
    /// <paramref name="lead"/> ends by itself: waits for its end, still renewing, and then releases the lease (unless it
    /// failed).
    /// </summary>
    /// <param name="lead">The leader's work; its token is cancelled on stop and on loss.</param>
    /// <param name="ct">Stops.</param>
    /// <exception cref="LeadershipLostException">The lease was lost. <paramref name="lead"/> was cancelled but may still run.</exception>
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
            await PauseAsync(
                _options.RetryPeriod * (1 + Random.Shared.NextDouble() * _options.Jitter),
                ct
            );
        }
        return false;
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        Log.Leads(_logger, _options.Identity);
        _leading = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        OnStartedLeading?.Invoke();
        var work = Task.Run(() => lead(stop.Token), CancellationToken.None);
        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(ended.Token);
        if (await Task.WhenAny(work, renewal) == renewal)
        {
            _leading = false;
            Log.Lost(_logger, _options.Identity, Leader);
            OnStoppedLeading?.Invoke();
            await stop.CancelAsync();
            _ = work.ContinueWith(
                t => Log.WorkFailed(_logger, t.Exception!),
                default,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );
            throw new LeadershipLostException(
                $"{_options.Identity} lost the lease {_options.Namespace}/{_options.LeaseName}; {(Leader is { } l && l != _options.Identity ? $"{l} leads now" : "it could not be renewed in time")}"
            );
        }
        await ended.CancelAsync();
        await renewal;
        _leading = false;
        OnStoppedLeading?.Invoke();
        // Work that failed may have left something running: then the lease runs out in its own time.
        await work;
        await ReleaseAsync();
    }

    /// <summary>Renews; ends when told to, or when the lease is lost.</summary>
    private async Task RenewAsync(CancellationToken ended)
    {
        while (true)
        {
            await PauseAsync(_options.RetryPeriod, ended);
            if (ended.IsCancellationRequested)
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

    /// <summary>One attempt to get or to renew the lease; false when somebody else has it or the server did not let us.</summary>
    private async Task<bool> TryAsync(TimeSpan limit, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
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
            return false;
        sent = _time.GetTimestamp();
        return Hold(
            await _client.ReplaceAsync(current with { Spec = Record(current.Spec) }, ct),
            sent
        );
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
        var before = Leader;
        if (
            _observed?.Metadata.ResourceVersion == lease.Metadata.ResourceVersion
            && _observed is not null
        )
            return;
        if (_observed?.Spec != lease.Spec)
            _observedAt = _time.GetTimestamp();
        _observed = lease;
        if (before != Leader)
            OnNewLeader?.Invoke(Leader);
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
            _observed = await _client.ReplaceAsync(_observed with { Spec = record }, timeout.Token);
            Log.Released(_logger, _options.Identity);
        }
        catch (Exception e)
        {
            // It runs out by itself; the next leader only comes later.
            Log.ReleaseFailed(_logger, e.Message);
        }
    }

    private async Task PauseAsync(TimeSpan time, CancellationToken ct) =>
        await Task.Delay(time, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Identity} stands for the lease {Namespace}/{Lease}")]
        public static partial void Stands(
            ILogger logger,
            string identity,
            string @namespace,
            string lease
        );

        [LoggerMessage(LogLevel.Information, "{Identity} leads")]
        public static partial void Leads(ILogger logger, string identity);

        [LoggerMessage(LogLevel.Error, "{Identity} lost the lease; its holder is {Holder}")]
        public static partial void Lost(ILogger logger, string identity, string? holder);

        [LoggerMessage(LogLevel.Information, "{Identity} released the lease")]
        public static partial void Released(ILogger logger, string identity);

        [LoggerMessage(LogLevel.Warning, "The lease could not be released and will run out: {Why}")]
        public static partial void ReleaseFailed(ILogger logger, string why);

        [LoggerMessage(
            LogLevel.Warning,
            "The lease {Namespace}/{Lease} could not be read or written: {Why}"
        )]
        public static partial void AttemptFailed(
            ILogger logger,
            string why,
            string @namespace,
            string lease
        );

        [LoggerMessage(LogLevel.Error, "The leader's work failed after the lease was lost")]
        public static partial void WorkFailed(ILogger logger, Exception e);
    }
}
