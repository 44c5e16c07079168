using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Api.Media;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Transports;
using WaOperator.Signals;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A pod in this process.</summary>
internal sealed class TestPod : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;
    private bool _stopped;

    private TestPod(WebApplication app)
    {
        _app = app;
        var addresses = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(a => new UriBuilder(a) { Host = "127.0.0.1" }.Uri)
            .ToArray();
        _http = new HttpClient { BaseAddress = addresses[0] };
        Health = addresses[0];
        Api = addresses[1];
    }

    /// <summary>Where probes and metrics are.</summary>
    public Uri Health { get; }

    /// <summary>Where the tenants' API is.</summary>
    public Uri Api { get; }

    public PodHealth Status => _app.Services.GetRequiredService<PodHealth>();

    /// <summary>What takes a session's messages.</summary>
    public SessionOutbox OutboxOf(string session) =>
        _app.Services.GetRequiredService<ApiDesk>().Current!.Host.Find("ns", session)!.Outbox;

    /// <summary>A file as the pod keeps it.</summary>
    public async Task<StoredMedia> MediaAsync(TestSession session, string id) =>
        await _app
            .Services.GetRequiredService<ApiDesk>()
            .Current!.Media.FindAsync(
                session.Tenant,
                session.Id,
                MediaId.TryParse(id, out var named)
                    ? named
                    : throw new ArgumentException($"'{id}' is no id", nameof(id)),
                CancellationToken.None
            )
        ?? throw new ArgumentException($"there is no {id}", nameof(id));

    /// <summary>The token of a link as the pod would sign it.</summary>
    public string Sign(SignedLink link) =>
        link.Sign(_app.Services.GetRequiredService<LinkKey>().Bytes);

    /// <summary>All that it serves.</summary>
    public IEnumerable<Endpoint> Endpoints =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints);

    /// <summary>Fetches a file as a message that names its address does.</summary>
    public async Task<(StoredMedia? Media, ProblemAnswer? Refusal)> FetchAsync(
        TestSession session,
        MediaUse use,
        string url
    ) =>
        await _app
            .Services.GetRequiredService<MediaFetch>()
            .FetchAsync(
                _app.Services.GetRequiredService<ApiDesk>().Current!.Host.Find("ns", session.Name)!,
                use,
                url,
                CancellationToken.None
            );

    public bool HasRedis => _app.Services.GetRequiredService<IHints>().IsConnected;

    public static async Task<TestPod> StartAsync(
        PodOptions options,
        AccountFactory? accounts = null
    )
    {
        var built = PodHost.Build(options, accounts);
        await built.StartAsync();
        return new TestPod(built);
    }

    /// <summary>Status code and text of a path.</summary>
    public async Task<(int Code, string Text)> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task ReadyAsync() =>
        Eventually.True("the pod is ready", async () => (await GetAsync("/readyz")).Code == 200);

    /// <summary>As SIGTERM does.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        await _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
            await _app.StopAsync();
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
