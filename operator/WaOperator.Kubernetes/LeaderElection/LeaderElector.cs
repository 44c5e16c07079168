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
/// A leader that cannot do its work (<see cref="Fitness"/>) marks the record as offered and leads on. A candidate that proves its
/// own fitness after it saw the mark writes that it asks; only then the leader ends its work and releases. While nobody could do
/// better nothing moves, and each move goes from who cannot to who can: there are no circles.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly IKubernetes _client;
    private readonly LeaderElectionOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private const string Offered = "leader-election.wa-operator.io/offered";
    private const string AskedBy = "leader-election.wa-operator.io/asked-by";
    private Lease? _observed;
    private long _observedAt;
    private long _renewedAt;
    private long? _offeredAt;
    private long? _yieldingAt;
    private bool _abstains;
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

    /// <summary>Who leads as far as this process knows; null: nobody, or not known yet.</summary>
    public string? Leader =>
        _observed?.Spec?.HolderIdentity is { Length: > 0 } holder ? holder : null;

    /// <summary>Whether this process could do the leader's work. Default: always.</summary>
    public IFitness? Fitness { get; init; }

    /// <summary>Called with the identity whenever another leader (or none: null) is seen.</summary>
    public Action<string?>? OnNewLeader { get; init; }

    /// <summary>Called before the work of the leader begins.</summary>
    public Action? OnStartedLeading { get; init; }

    /// <summary>Called when this process leads no more: by plan after its work has ended, by loss at once.</summary>
    public Action? OnStoppedLeading { get; init; }

    private bool IsFit =>
        Fitness is null
        || (Fitness.ProvenAt is { } proven && _time.GetElapsedTime(proven) < _options.UnfitAfter);

    private TimeSpan SinceRenewal => _time.GetElapsedTime(Volatile.Read(ref _renewedAt));

    /// <summary>
    /// Stands until elected, then runs <paramref name="lead"/> while renewing the lease. When cancelled, when
    /// <paramref name="lead"/> ends by itself, or when a fitter candidate asks: waits for its end, still renewing, and then releases
    /// the lease (unless it failed).
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
        OnStartedLeading?.Invoke();
        var work = Task.Run(() => lead(stop.Token), CancellationToken.None);
        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(ended.Token);
        if (await Task.WhenAny(work, renewal) == renewal)
        {
            var resigns = _yieldingAt is not null && IsLeader && Leader == _options.Identity;
            _leading = false;
            if (!resigns)
                Log.Lost(_logger, _options.Identity, Leader);
            OnStoppedLeading?.Invoke();
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
            // After a conflict soon: the record was changed by somebody, perhaps to ask for it.
            await PauseAsync(_options.RetryPeriod / (_conflicted ? 10 : 1), ended);
            if (ended.IsCancellationRequested)
                return;
            // What it cannot do may be what keeps its work from ending; its token is cancelled, so nothing new begins.
            if (_yieldingAt is { } since && _time.GetElapsedTime(since) >= _options.RetryPeriod)
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
            if (Abstains())
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
            await AskAsync(current, ct);
            return false;
        }
        if (Abstains())
            return false;
        if (_leading && !IsFit && current.Metadata.Annotation(AskedBy) is { } asker)
            Yield(asker);
        var offers = _leading && !IsFit && _yieldingAt is null;
        if (offers && current.Metadata.Annotation(Offered) is null)
            Log.Offers(_logger, _options.Identity, _options.UnfitAfter.TotalSeconds);
        sent = _time.GetTimestamp();
        return Hold(
            await _client.ReplaceAsync(
                Marked(current, offers ? Offered : null, "true") with
                {
                    Spec = Record(current.Spec),
                },
                ct
            ),
            sent
        );
    }

    /// <summary>A candidate that could not do the leader's work does not stand.</summary>
    private bool Abstains()
    {
        var abstains = !_leading && !IsFit;
        if (abstains && !_abstains)
            Log.Abstains(_logger, _options.Identity);
        return _abstains = abstains;
    }

    /// <summary>Asks for a lease that is offered, once this process has proved its fitness later than it saw the offer.</summary>
    private async Task AskAsync(Lease held, CancellationToken ct)
    {
        if (_leading || held.Metadata.Annotation(Offered) is null)
        {
            _offeredAt = null;
            return;
        }
        _offeredAt ??= _time.GetTimestamp();
        if (
            held.Metadata.Annotation(AskedBy) is not null
            || (Fitness is not null && !(Fitness.ProvenAt > _offeredAt))
        )
            return;
        Log.Asks(_logger, _options.Identity, held.Spec!.HolderIdentity!);
        // The holder's record stays as it is: whoever asks lengthens nobody's lease.
        Observe(await _client.ReplaceAsync(Marked(held, AskedBy, _options.Identity), ct));
    }

    private void Yield(string asker)
    {
        if (_yieldingAt is not null)
            return;
        _yieldingAt = _time.GetTimestamp();
        Log.Resigns(_logger, _options.Identity, asker);
        // Not on this thread: whoever listens must not hold up the renewals.
        _ = _work?.CancelAsync();
    }

    /// <summary>The lease with one of our marks, or with none.</summary>
    private static Lease Marked(Lease lease, string? mark, string value)
    {
        var annotations = (lease.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(a => a.Key is not (Offered or AskedBy))
            .ToDictionary(StringComparer.Ordinal);
        if (mark is not null)
            annotations[mark] = value;
        return lease with
        {
            Metadata = lease.Metadata with
            {
                Annotations = annotations.Count > 0 ? annotations : null,
            },
        };
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
            var held = _observed;
            while (!await TryReleaseAsync(held, record, timeout.Token))
            {
                // Somebody asked for it meanwhile.
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
            _observed = await _client.ReplaceAsync(
                Marked(held, null, "") with
                {
                    Spec = record,
                },
                ct
            );
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
        [LoggerMessage(LogLevel.Information, "{Identity} stands for the lease {Namespace}/{Lease}")]
        public static partial void Stands(
            ILogger logger,
            string identity,
            string @namespace,
            string lease
        );

        [LoggerMessage(LogLevel.Information, "{Identity} leads")]
        public static partial void Leads(ILogger logger, string identity);

        [LoggerMessage(
            LogLevel.Warning,
            "{Identity} cannot do the leader's work for {Seconds} s now and offers the lease to whoever can"
        )]
        public static partial void Offers(ILogger logger, string identity, double seconds);

        [LoggerMessage(
            LogLevel.Warning,
            "{Identity} can do the leader's work and asks {Holder} for the lease"
        )]
        public static partial void Asks(ILogger logger, string identity, string holder);

        [LoggerMessage(LogLevel.Warning, "{Identity} resigns: {Asker} can do the leader's work")]
        public static partial void Resigns(ILogger logger, string identity, string asker);

        [LoggerMessage(
            LogLevel.Warning,
            "{Identity} does not stand for the lease until it can do the leader's work"
        )]
        public static partial void Abstains(ILogger logger, string identity);

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
