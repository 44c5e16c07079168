using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using WaOperator.Api;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Api.Broadcasts;
using WaOperator.SessionPod.Api.Chats;
using WaOperator.SessionPod.Api.Contacts;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.SessionPod.Api.Links;
using WaOperator.SessionPod.Api.Media;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Api.Pairing;
using WaOperator.SessionPod.Api.Streams;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Health;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.SessionPod.Transports;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Shared;
using WaOperator.Signals;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Hosting;

/// <summary>Puts a pod together. A test may run several in one process.</summary>
internal static class PodHost
{
    /// <summary>Builds a pod that is not started yet.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="accounts">Connects sessions to another network than WhatsApp; default null.</param>
    /// <exception cref="StartRefusedException">A file cannot be read, or holds something else.</exception>
    public static WebApplication Build(PodOptions options, AccountFactory? accounts = null)
    {
        var connections = new ConnectionLimits(
            options.MaxConnections,
            options.MaxConnectionsPerAddress
        );
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyKiB * 1024L;
            // What waits to be read of a request; the body's own share is counted.
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
            // Half a request holds its connection and little else, for no longer than that.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.ListenOn(options.Listen, options.Port, port => port.Mark(PodPort.Health));
            kestrel.ListenOn(
                options.Listen,
                options.ApiPort,
                port =>
                {
                    connections.Use(port);
                    port.Mark(PodPort.Api);
                }
            );
        });
        builder.AddConsoleLogs();
        var services = builder.Services;
        services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = options.StopLimit + TimeSpan.FromSeconds(5)
        );
        services.Configure<ConsoleLifetimeOptions>(console =>
            console.SuppressStatusMessages = true
        );
        AddPod(services, options, WhatsApp(options));
        if (accounts is not null)
            services.AddSingleton(accounts);
        services.AddSingleton<SessionAccess>();
        services.AddSingleton<ApiErrors>();
        services.AddSingleton<UnreadableEntries>();
        services.AddSingleton(new BodyShares(options.MaxBodiesMiB, options.MaxTenantBodiesMiB));
        services.AddSingleton(new StreamShares(options.MaxStreams, options.MaxTenantStreams));
        services.AddSingleton<LimitNews>();
        services.AddSingleton<Sending>();
        services.AddSingleton<BatchSending>();
        services.AddSingleton<RetryEndpoint>();
        services.AddSingleton<LimitsEndpoint>();
        services.AddSingleton<MessagesEndpoints>();
        services.AddSingleton<WebhookTestShares>();
        services.AddSingleton<WebhookTestEndpoint>();
        services.AddSingleton<WebhookAttemptsEndpoint>();
        services.AddSingleton<ApiEndpoints>();
        services.AddSingleton<TenantStreamEndpoint>();
        services.AddSingleton<LinkKey>();
        services.AddSingleton<SignedLinks>();
        services.AddSingleton<PairingStreams>();
        services.AddSingleton<PairingEndpoints>();
        services.AddSingleton<PairingLinkEndpoints>();
        services.AddSingleton<PasskeyEndpoints>();
        RoomEndpoints.AddTo(services);
        services.AddOpenApi(api =>
        {
            api.ShowShapes();
            api.ShowEvents();
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            // For the schemas: what is read and written is JSON numbers, not numbers in texts.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, EventDataContext.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, ProblemJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(3, PairingJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(4, MediaJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(5, GroupJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(6, ContactJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(7, ChatJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(8, MessageJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(9, LinkJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(10, BroadcastJson.Default);
        });
        services.AddHostedService<PodService>();
        var app = builder.Build();
        app.Services.GetRequiredService<PodMetrics>()
            .Observe(
                app.Services.GetRequiredService<PodHealth>(),
                app.Services.GetRequiredService<PhaseCounts>(),
                app.Services.GetRequiredService<IHints>()
            );
        // Before what decides by the endpoint that it chose.
        app.UseRouting();
        app.Use(app.Services.GetRequiredService<ApiErrors>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<SessionAccess>().InvokeAsync);
        PodEndpoints.Map(app);
        app.Services.GetRequiredService<ApiEndpoints>().Map(app);
        app.Services.GetRequiredService<TenantStreamEndpoint>().Map(app);
        app.Services.GetRequiredService<WebhookAttemptsEndpoint>().Map(app);
        app.Services.GetRequiredService<PairingEndpoints>().Map(app);
        app.Services.GetRequiredService<PairingLinkEndpoints>().Map(app);
        app.Services.GetRequiredService<PasskeyEndpoints>().Map(app);
        app.Services.GetRequiredService<MediaEndpoints>().Map(app);
        app.Services.GetRequiredService<RoomEndpoints>().Map(app);
        app.Services.GetRequiredService<MediaLinkEndpoints>().Map(app);
        app.MapOpenApi("/openapi/v1.json").ServedOn(PodPort.Api);
        return app;
    }

    /// <summary>Registers all that a pod consists of, but for what the host brings: logging, lifetime, endpoints.</summary>
    internal static void AddPod(
        IServiceCollection services,
        PodOptions options,
        WhatsAppOptions whatsApp
    )
    {
        var logLevel = new LiveLogLevel();
        services.AddSingleton(logLevel);
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(logLevel);
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(logLevel);
        services.AddSingleton(options);
        services.AddSingleton(MasterKey.Load(options.MasterKeyFile));
        services.AddMedia(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IBootClock>(BootClock.Instance);
        // Made by the container, which then also ends them: their timer and their listener would outlive the pod otherwise.
        services.AddSingleton(_ => new WhatsAppRuntime(whatsApp));
        services.AddSingleton<AccountFactory>(s =>
        {
            var runtime = s.GetRequiredService<WhatsAppRuntime>();
            return (context, wanted, journal) =>
                new WhatsAppAccount(runtime, context, wanted, journal);
        });
        services.AddSingleton<RunnerFactory>(s =>
        {
            var accounts = s.GetRequiredService<AccountFactory>();
            return (context, wanted, epoch, before) =>
                new SessionRunner(context, accounts, wanted, epoch, before);
        });
        services.AddSingleton<PodExit>();
        services.AddSingleton<PodHealth>();
        services.AddSingleton<PhaseCounts>();
        services.AddSingleton<LivePool>();
        services.AddSingleton<ApiDesk>();
        services.AddSingleton<WebhookPoster>();
        services.AddSingleton(
            new QueueShares(
                new(options.MaxQueue, options.MaxQueueMiB),
                new(options.MaxTenantQueue, options.MaxTenantQueueMiB)
            )
        );
        services.AddSingleton<PodTenure>();
        services.AddTenure(options);
        services.AddSingleton<PodMetrics>();
        services.AddSingleton<SuspectDevices>();
        services.AddSingleton(s => new CommitHeartbeat(
            s.GetRequiredService<IBootClock>(),
            options.StallLimit
        ));
        if (options.Redis is { } redis)
            services.AddSingleton<IHints>(s => new LateHints(
                RedisDsn.Read(redis, options.RedisCaFile),
                HintChannels.State,
                s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILoggerFactory>()
            ));
        else
            services.AddSingleton<IHints, NoHints>();
    }

    private static WhatsAppOptions WhatsApp(PodOptions options)
    {
        var whatsApp = new WhatsAppOptions
        {
            Url = options.Url,
            RootKey = options.RootKey,
            Gather = TimeSpan.FromMilliseconds(10),
            AllowProxyAt = options.Egress.Allow,
        };
        if (options.CaFile is not { } file)
            return whatsApp;
        try
        {
            return whatsApp with { TlsCaPem = File.ReadAllText(file) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"{PodEnvironment.WhatsAppCaFile}: {file} cannot be read: {e.Message}"
            );
        }
    }
}
