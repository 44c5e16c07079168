using WaOperator.Api;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hints;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Ownership;
using WaOperator.SessionPod.Polls;
using WaOperator.SessionPod.Proxies;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.SessionPod.Streams;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Hosting;

/// <summary>
/// Everything that lives as long as one lease epoch: connections that carry the epoch's name, keys, loops, sessions. Each tenure is a
/// scope, which begins empty and leaves nothing behind, so a lost lease cannot leak into the next one.
/// </summary>
internal static class TenureServices
{
    private static readonly TimeSpan HintInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Registers it.</summary>
    public static void AddTenure(this IServiceCollection services, PodOptions options)
    {
        services.AddScoped<TenureLife>();
        services.AddScoped(s => Life(s).Lease.Gate);
        AddStore(services, options);
        AddSessions(services, options);
        AddApi(services);
        AddBroadcasts(services);
        AddWebhooks(services, options);
        AddLoop<GroupCommit>(services);
        AddLoop<LoginPacer>(services);
        AddLoop<ReleaseQueue>(services);
        AddLoop<SilenceWatch>(services);
        AddLoop<ShardReporter>(services);
        AddLoop<Pruner>(services);
        AddLoop<DueLoop>(services);
        AddLoop<BroadcastLoop>(services);
        AddLoop<WebhookDispatcher>(services);
    }

    /// <summary>The database, what is written to it and what is encrypted in it.</summary>
    private static void AddStore(IServiceCollection services, PodOptions options)
    {
        services.AddScoped(s =>
        {
            var lease = Life(s).Lease;
            return PodStore.ForTenure(
                options.Database,
                options.Identity.Shard,
                lease.Epoch,
                lease.Process,
                Get<LivePool>(s).Timings.Ttl
            );
        });
        AddPart(services, store => store.Broadcasts);
        AddPart(services, store => store.BroadcastWrites);
        AddPart(services, store => store.Chats);
        AddPart(services, store => store.Claims);
        AddPart(services, store => store.Costs);
        AddPart(services, store => store.Directory);
        AddPart(services, store => store.History);
        AddPart(services, store => store.Keys);
        AddPart(services, store => store.Media);
        AddPart(services, store => store.Messages);
        AddPart(services, store => store.Proxies);
        AddPart(services, store => store.Quotas);
        AddPart(services, store => store.Reports);
        AddPart(services, store => store.Retention);
        AddPart(services, store => store.Webhooks);
        AddPart(services, store => store.WebhookJournals);
        AddPart(services, store => store.WebhookWrites);
        AddPart(services, store => store.WebhookReplays);
        AddPart(services, store => store.StreamJournals);
        AddPart(services, store => store.Writer);
        services.AddScoped<Keyring>();
        services.AddScoped(s =>
        {
            var hints = Get<IHints>(s);
            return new HintThrottle(
                () => hints.Publish(HintChannels.State),
                HintInterval,
                Get<TimeProvider>(s)
            );
        });
        services.AddScoped(s => Make<GroupCommit>(s, (Action)Get<HintThrottle>(s).Hint));
        services.AddScoped<UnreadableRecords>();
        services.AddScoped(s =>
        {
            // It needs this context.
            var policy = new Lazy<SendPolicy>(() => Get<SendPolicy>(s));
            return new MessageContext
            {
                Commits = Get<GroupCommit>(s),
                Keyring = Get<Keyring>(s),
                Keys = Get<SessionKeys>(s),
                Stored = Get<SessionMessages>(s),
                Cache = new SharedRecords(options.CacheMiB * 1024L * 1024),
                Events = new EventHub(),
                Unreadable = Get<UnreadableRecords>(s),
                HandledWeeks = options.HandledWeeks,
                Kept = TimeSpan.FromDays(options.EventDays),
                PastTaken = Get<PodMetrics>(s).PastTaken,
                Time = Get<TimeProvider>(s),
                Ended = Life(s).Dropped,
                PaceAsync = tenant => policy.Value.PaceAsync(tenant),
            };
        });
        services.AddScoped(s =>
        {
            var host = Get<SessionHost>(s);
            return Make<Pruner>(
                s,
                new Retention(
                    TimeSpan.FromDays(options.EventDays),
                    TimeSpan.FromDays(options.OutboxDays),
                    options.HandledWeeks
                ),
                () =>
                    host.Sessions.Values.Select(h => new OwnedSession(h.Runner.Id, h.Runner.Epoch))
            );
        });
    }

    /// <summary>Who is claimed, run, counted and given back.</summary>
    private static void AddSessions(IServiceCollection services, PodOptions options)
    {
        services.AddScoped(s =>
        {
            var pool = Get<LivePool>(s);
            return Make<LoginPacer>(s, () => pool.LoginsPerSecond);
        });
        services.AddScoped<ReleaseQueue>();
        services.AddScoped<BoxKeys>();
        services.AddScoped<ProxyShelf>();
        services.AddScoped<DueLoop>();
        services.AddScoped(s =>
        {
            var pool = Get<LivePool>(s);
            return new SessionContext
            {
                Gate = Get<ActGate>(s),
                Commits = Get<GroupCommit>(s),
                Keyring = Get<Keyring>(s),
                Keys = Get<SessionKeys>(s),
                Proxies = Get<ProxyShelf>(s),
                Messages = Get<MessageContext>(s),
                Pacer = Get<LoginPacer>(s),
                Counts = Get<PhaseCounts>(s),
                Metrics = Get<PodMetrics>(s),
                Suspects = Get<SuspectDevices>(s),
                Time = Get<TimeProvider>(s),
                Pool = () => pool.Current,
                Logger = Get<ILogger<SessionRunner>>(s),
                Dropped = Life(s).Dropped,
            };
        });
        services.AddScoped(s => Make<SessionHost>(s, (Action)Get<PodHealth>(s).Hint));
        services.AddScoped(s =>
            Make<OwnershipLoop>(s, Life(s).Lease, options.Identity, options.PollEvery)
        );
        services.AddScoped(s =>
        {
            var pool = Get<LivePool>(s);
            return Make<SilenceWatch>(
                s,
                () => pool.Timings.SilentLimit,
                (Action)Get<SessionHost>(s).ReconnectAll
            );
        });
        services.AddScoped(s =>
        {
            var host = Get<SessionHost>(s);
            return Make<ShardReporter>(
                s,
                options.Identity.Shard,
                Life(s).Lease.Epoch,
                () => host.Sessions.Values.Select(h => h.Runner.Count())
            );
        });
    }

    /// <summary>What requests are served from.</summary>
    private static void AddApi(IServiceCollection services)
    {
        services.AddScoped<ApiTenure>();
        services.AddScoped(s =>
            Make<JournalReader>(s, (Func<long, bool>)Get<SessionHost>(s).Sessions.ContainsKey)
        );
        services.AddScoped<SentPolls>();
        services.AddScoped<JournalStreams>();
        services.AddScoped<OutboxReader>();
        services.AddScoped(s => Get<ApiDirectory>(s).Keys(Get<TimeProvider>(s)));
        services.AddScoped<AddressBook>();
        services.AddScoped<ChatBook>();
        services.AddScoped<HistoryReader>();
        services.AddScoped<ReceiptReader>();
        services.AddScoped<MessageFinder>();
        services.AddScoped<SendPolicy>();
        services.AddScoped<MediaShelf>();
        services.AddScoped<IMediaShelf, MessageFiles>();
        services.AddScoped<References>();
    }

    /// <summary>What writes to many.</summary>
    private static void AddBroadcasts(IServiceCollection services)
    {
        services.AddScoped(s => new BroadcastContext
        {
            Messages = Get<MessageContext>(s),
            Stored = Get<SessionBroadcasts>(s),
            Writes = Get<BroadcastWrites>(s),
            References = Get<References>(s),
            Policy = Get<SendPolicy>(s),
            Queue = Get<QueueShares>(s),
            Logger = Get<ILogger<BroadcastRun>>(s),
        });
        services.AddScoped<BroadcastBook>();
        services.AddScoped<BroadcastLoop>();
    }

    /// <summary>What posts events to tenants.</summary>
    private static void AddWebhooks(IServiceCollection services, PodOptions options)
    {
        services.AddScoped<CursorBook>();
        services.AddScoped<EventChats>();
        services.AddScoped(s => new WebhookContext
        {
            Register = Get<WebhookRegister>(s),
            Journals = Get<WebhookJournals>(s),
            Writes = Get<WebhookWrites>(s),
            Replays = Get<WebhookReplays>(s),
            Stored = Get<SessionMessages>(s),
            Polls = Get<SentPolls>(s),
            Chats = Get<EventChats>(s),
            Cursors = Get<CursorBook>(s),
            Keyring = Get<Keyring>(s),
            Poster = Get<WebhookPoster>(s),
            Gate = Get<ActGate>(s),
            Host = Get<SessionHost>(s),
            Metrics = Get<PodMetrics>(s),
            Time = Get<TimeProvider>(s),
            Shard = options.Identity.Shard,
            Kept = TimeSpan.FromDays(options.EventDays),
            LeaseEpoch = Life(s).Lease.Epoch,
            Logger = Get<ILogger<WebhookWorker>>(s),
        });
        services.AddScoped<WebhookDispatcher>();
    }

    private static void AddPart<T>(IServiceCollection services, Func<PodStore, T> part)
        where T : class => services.AddScoped(s => part(Get<PodStore>(s)));

    private static void AddLoop<T>(IServiceCollection services)
        where T : class, ITenureLoop => services.AddScoped<ITenureLoop>(Get<T>);

    private static TenureLife Life(IServiceProvider services) => Get<TenureLife>(services);

    private static T Get<T>(IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();

    private static T Make<T>(IServiceProvider services, params object[] more) =>
        ActivatorUtilities.CreateInstance<T>(services, more);
}
