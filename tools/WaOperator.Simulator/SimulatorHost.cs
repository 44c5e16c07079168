using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using WaOperator.Simulator.Control;
using WaOperator.Simulator.Faults;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Hooks;
using WaOperator.Simulator.Media;
using WaOperator.Simulator.Phones;
using WaOperator.Simulator.Storage;
using WaOperator.Simulator.Wire;

namespace WaOperator.Simulator;

/// <summary>A running simulator: the program runs one, a test can run many.</summary>
internal sealed class SimulatorHost : IAsyncDisposable
{
    private const string ControlMark = "control";
    private const string ClientPath = "/ws/chat";
    private readonly WebApplication _app;

    private SimulatorHost(WebApplication app, WhatsAppServer server, bool tls)
    {
        _app = app;
        Server = server;
        var addresses = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.ToList();
        var (client, control) = (new Uri(addresses[0]), new Uri(addresses[1]));
        Url = new UriBuilder(tls ? "wss" : "ws", client.Host, client.Port, ClientPath).Uri;
        Control = control;
    }

    /// <summary>The state, for tests in the same process.</summary>
    public WhatsAppServer Server { get; }

    /// <summary>Where WhatsApp clients connect.</summary>
    public Uri Url { get; }

    /// <summary>Where the control API is.</summary>
    public Uri Control { get; }

    /// <summary>Starts a simulator.</summary>
    /// <exception cref="IOException">An address is in use, or a file cannot be read or written.</exception>
    public static async Task<SimulatorHost> StartAsync(
        SimulatorOptions options,
        LogLevel level = LogLevel.Warning,
        CancellationToken ct = default
    )
    {
        if (options.State is { } state)
            Directory.CreateDirectory(state);
        var server = new WhatsAppServer(options, TimeProvider.System, RootKey.Load(options));
        var folder = new StateFolder(server, options.State);
        folder.Load();
        var app = Build(options, server, folder, level);
        await app.StartAsync(ct);
        return new(app, server, options.TlsCert is not null);
    }

    /// <summary>Waits for a signal to stop.</summary>
    public Task WaitAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Kestrel waits for open sockets when it stops: end them first.
        foreach (var connection in Server.Connections.Keys)
            connection.Abort();
        await _app.StopAsync();
        using (var folder = _app.Services.GetRequiredService<StateFolder>())
            folder.Save();
        await _app.DisposeAsync();
        Server.Media.Store.Dispose();
    }

    private static WebApplication Build(
        SimulatorOptions options,
        WhatsAppServer server,
        StateFolder folder,
        LogLevel level
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder
            .Logging.SetMinimumLevel(level)
            .AddFilter("Microsoft", LogLevel.Warning)
            // What keeps it from starting is thrown, too, and told without a stack.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder
            .Services.AddSingleton(server)
            .AddSingleton(folder)
            .AddHostedService<Sweeper>()
            .AddHostedService<StateWriter>();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.Converters.Add(
                new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.KebabCaseLower)
            );
        });
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(5)
        );
        builder
            .WebHost.UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => Listen(kestrel, options));
        var app = builder.Build();
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var connection in server.Connections.Keys)
                connection.Close(null);
        });
        var handshake = new Handshake(server);
        var user = new PhoneUser(server);
        var hooks = new HookReceiver(TimeProvider.System);
        app.MapWhen(
            IsClient,
            clients =>
            {
                // No pings by the WebSocket layer: each would need a timer, and WhatsApp has its own.
                clients.UseWebSockets(new() { KeepAliveInterval = Timeout.InfiniteTimeSpan });
                clients.Run(http => AcceptAsync(http, server, handshake, hooks));
            }
        );
        app.Use(ReadBody);
        app.UseRouting();
        PhonesApi.Map(app, server, user, folder);
        PasskeyApi.Map(app, server);
        CallsApi.Map(app, server);
        ProfilesApi.Map(app, server);
        StateApi.Map(app, server);
        HistoryApi.Map(app, server);
        FaultsApi.Map(app, server);
        MediaApi.Map(app, server);
        StatsApi.Map(app, server, user, folder);
        HooksApi.Map(app, hooks);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, SimulatorOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.MaxConcurrentUpgradedConnections = null;
        kestrel.Listen(
            options.Listen,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (options.TlsCert is { } cert)
                    listen.UseHttps(X509Certificate2.CreateFromPemFile(cert, options.TlsKey));
            }
        );
        kestrel.Listen(
            options.Control,
            listen =>
                listen.Use(next =>
                    connection =>
                    {
                        connection.Items[ControlMark] = true;
                        return next(connection);
                    }
                )
        );
    }

    private static bool IsClient(HttpContext http) =>
        http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(ControlMark) != true;

    /// <summary>
    /// Every body is JSON, whatever the client calls it (<c>kubectl create --raw</c> calls it nothing), and one that
    /// cannot be read is answered with the reason.
    /// </summary>
    private static async Task ReadBody(HttpContext http, RequestDelegate next)
    {
        http.Request.ContentType = "application/json";
        try
        {
            await next(http);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e)
        {
            var why = e.InnerException is System.Text.Json.JsonException json
                ? $"the body cannot be read at {json.Path}: no JSON, or a field or value that is not known there"
                : "a JSON body is expected; {} takes the defaults";
            await Results.Problem(why, statusCode: e.StatusCode).ExecuteAsync(http);
        }
    }

    private static async Task AcceptAsync(
        HttpContext http,
        WhatsAppServer server,
        Handshake handshake,
        HookReceiver hooks
    )
    {
        if (HookReceiver.IsHook(http.Request))
        {
            await hooks.ServeAsync(http);
            return;
        }
        if (MediaHost.IsMedia(http.Request))
        {
            await server.Media.ServeAsync(http);
            return;
        }
        if (http.Request.Path != ClientPath || !http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await http.Response.WriteAsync(
                $"WhatsApp clients connect by WebSocket to {ClientPath}\n"
            );
            return;
        }
        if (server.Faults.Meet(null, http: true) is { } refusal)
        {
            server.Ledger.Note("refused", null, $"{RefusalForm.Http} {refusal.Reason}");
            http.Response.StatusCode = refusal.Reason;
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var remote = new IPEndPoint(
            http.Connection.RemoteIpAddress ?? IPAddress.None,
            http.Connection.RemotePort
        );
        await handshake.ServeAsync(
            new(
                socket,
                http.Abort,
                remote.ToString(),
                server.Clock,
                server.Options.CompressAbove,
                server.Options.CloseAfter
            )
            {
                Host = http.Request.Host.Value,
            }
        );
    }
}
