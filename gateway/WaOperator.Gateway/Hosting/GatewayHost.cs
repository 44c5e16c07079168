using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Cloud;
using WaOperator.Gateway.Consumers;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Sessions;
using WaOperator.Gateway.Streams;
using WaOperator.Gateway.Streams.Tickets;
using WaOperator.Gateway.Webhooks;
using WaOperator.Shared;
using WaOperator.Signals;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Hosting;

/// <summary>Puts a gateway together. A test may run several in one process.</summary>
internal static class GatewayHost
{
    /// <summary>Builds a gateway that is not started yet.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="pods">Where pods are; default null: where the Services of pools say.</param>
    /// <exception cref="StartRefusedException">A file cannot be read, or holds something else.</exception>
    public static WebApplication Build(GatewayOptions options, PodAddress? pods = null)
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
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
            // The cursor of a stream of many sessions is part of its address.
            kestrel.Limits.MaxRequestLineSize = 48 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 48 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
            kestrel.ListenOn(options.Listen, options.HealthPort, port => port.ForHealth());
            kestrel.ListenOn(
                options.Listen,
                options.Port,
                port =>
                {
                    connections.Use(port);
                    if (options.TlsCertificateFile is not null)
                        port.UseHttps(
                            new TlsHandshakeCallbackOptions
                            {
                                OnConnection = _ =>
                                    new(
                                        kestrel
                                            .ApplicationServices.GetRequiredService<TlsFiles>()
                                            .Current()
                                    ),
                            }
                        );
                }
            );
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.AddConsoleLogs();
        // A line for each request would be all that one finds.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopLimit);
        services.Configure<ConsoleLifetimeOptions>(console =>
            console.SuppressStatusMessages = true
        );
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<GatewayErrors>();
        // Made by the container, which then also closes its connections.
        services.AddSingleton(_ => GatewayStore.Open(options.Database));
        services.AddSingleton(s =>
            s.GetRequiredService<GatewayStore>()
                .Directory.Keys(s.GetRequiredService<TimeProvider>())
        );
        services.AddSingleton(pods ?? PodAddresses.OnPort(options.PodApiPort));
        AddForwarding(services, options);
        services.AddSingleton<StoreWatch>();
        services.AddHostedService(s => s.GetRequiredService<StoreWatch>());
        if (options is { TlsCertificateFile: { } certificate, TlsKeyFile: { } key })
            services.AddSingleton(s => new TlsFiles(
                certificate,
                key,
                s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<TlsFiles>>()
            ));
        services.AddSessions(options);
        services.AddAudit();
        services.AddCloud();
        services.AddSingleton<TestEvents>();
        services.AddSingleton<WebhookCallers>();
        services.AddSingleton<PodAttempts>();
        services.AddSingleton<AttemptsEndpoint>();
        services.AddSingleton<ReplayEndpoints>();
        services.AddSingleton<WebhookEndpoints>();
        services.AddSingleton<RelayServices>();
        services.AddSingleton<TenantRosters>();
        services.AddSingleton<StreamRoom>();
        services.AddSingleton(new PageRoom(options.MaxPagesMiB));
        services.AddSingleton<TenantStreamEndpoints>();
        services.AddSingleton<TicketGate>();
        services.AddSingleton<TicketEndpoints>();
        services.AddSingleton<ConsumerReader>();
        services.AddSingleton<ConsumerAccess>();
        services.AddSingleton<ConsumerEndpoints>();
        services.AddSingleton<FetchEndpoints>();
        // From this, and what pods say of themselves, the file is made that is served.
        services.AddOpenApi(api =>
        {
            api.ShowTakenBodies();
            api.ShowActions();
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProblemJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, SessionsJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, AuditJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(3, WebhooksJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(4, CloudJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(5, TicketsJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(6, ConsumersJson.Default);
        });
        var app = builder.Build();
        // Files that cannot be read end the start, not the first handshake.
        _ = app.Services.GetService<TlsFiles>();
        // Before what decides by the endpoint that it chose.
        app.UseRouting();
        app.UseWebSockets(
            new()
            {
                KeepAliveInterval = TimeSpan.FromSeconds(15),
                KeepAliveTimeout = TimeSpan.FromSeconds(30),
            }
        );
        app.Use(app.Services.GetRequiredService<RequestMeter>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<AuditMeter>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<GatewayErrors>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<TicketGate>().InvokeAsync);
        HealthEndpoints.Map(app);
        app.MapSessions();
        app.Services.GetRequiredService<AuditEndpoints>().Map(app);
        app.Services.GetRequiredService<WebhookEndpoints>().Map(app);
        app.Services.GetRequiredService<AttemptsEndpoint>().Map(app);
        app.Services.GetRequiredService<ReplayEndpoints>().Map(app);
        app.Services.GetRequiredService<TenantStreamEndpoints>().Map(app);
        app.Services.GetRequiredService<TicketEndpoints>().Map(app);
        app.Services.GetRequiredService<ConsumerEndpoints>().Map(app);
        app.Services.GetRequiredService<FetchEndpoints>().Map(app);
        app.Services.GetRequiredService<PlaceWatch>()
            .Listen(app.Services.GetRequiredService<IHints>());
        app.Services.GetRequiredService<Forwarder>().Map(app);
        app.Services.GetRequiredService<Links>().Map(app);
        app.Services.GetRequiredService<CloudEndpoints>().Map(app);
        app.MapApiFile();
        app.MapApiPage();
        return app;
    }

    private static void AddForwarding(IServiceCollection services, GatewayOptions options)
    {
        services.AddHttpForwarder();
        services.AddSingleton<KeyAccess>();
        services.AddSingleton<PodLink>();
        services.AddSingleton(new PodShares(options.MaxPerPod));
        services.AddSingleton(s =>
        {
            var places = s.GetRequiredService<GatewayStore>().Places;
            return new PlaceBatch(names => places.ReadAsync(names));
        });
        services.AddSingleton<PlaceWatch>();
        services.AddSingleton<Owners>();
        services.AddSingleton<HoldRoom>();
        services.AddSingleton<StoreHold>();
        services.AddSingleton<OwnerSearch>();
        services.AddSingleton<EventRelay>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<Links>();
        services.AddSingleton<RequestMeter>();
        if (options.Redis is { } redis)
            services.AddSingleton<IHints>(s => new LateHints(
                RedisDsn.Read(redis, options.RedisCaFile),
                probe: null,
                s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILoggerFactory>()
            ));
        else
            services.AddSingleton<IHints, NoHints>();
    }
}
