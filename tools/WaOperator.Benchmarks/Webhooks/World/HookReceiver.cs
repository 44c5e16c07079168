using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using WaOperator.Benchmarks.Api.Parts;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Webhooks.World;

/// <summary>A tenant's endpoint.</summary>
internal sealed class Hook
{
    private readonly HashSet<string> _ids = [];
    private readonly Lock _replay = new();
    private int _replayed;
    private long _firstReplayed;
    private long _lastReplayed;

    /// <summary>What is answered.</summary>
    public int Status { get; set; } = 204;

    /// <summary>It answers nothing at all.</summary>
    public bool Silent { get; set; }

    /// <summary>Events that it has, each once.</summary>
    public int Taken
    {
        get
        {
            lock (_ids)
                return _ids.Count;
        }
    }

    /// <summary>Events that came once more, since that was asked for.</summary>
    public int Replayed => Volatile.Read(ref _replayed);

    /// <summary>From the first of a replay to its last.</summary>
    public TimeSpan ReplayTook
    {
        get
        {
            lock (_replay)
                return Stopwatch.GetElapsedTime(_firstReplayed, _lastReplayed);
        }
    }

    /// <summary>When the first of a replay came, by <see cref="Stopwatch"/>.</summary>
    public long FirstReplayed
    {
        get
        {
            lock (_replay)
                return _firstReplayed;
        }
    }

    /// <summary>The next replay is counted from its own beginning.</summary>
    public void ForgetReplay()
    {
        lock (_replay)
            (_replayed, _firstReplayed) = (0, 0);
    }

    /// <summary>Where it is noted how long each event took from its commit to its arrival.</summary>
    public Latencies Latencies { get; set; } = new();

    public void TakeReplay()
    {
        lock (_replay)
        {
            _lastReplayed = Stopwatch.GetTimestamp();
            if (_replayed++ == 0)
                _firstReplayed = _lastReplayed;
        }
    }

    public void Take(string id, TimeSpan age)
    {
        Latencies.Add(age.TotalMilliseconds);
        lock (_ids)
            _ids.Add(id);
    }
}

/// <summary>Endpoints on this machine, over https: <c>/NAME</c> each.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HookReceiver(WebApplication app, int port, string caFile) =>
        (_app, Port, CaFile) = (app, port, caFile);

    public int Port { get; }

    public string CaFile { get; }

    public string Address =>
        string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{Port}");

    public static async Task<HookReceiver> StartAsync(
        string folder,
        IReadOnlyDictionary<string, Hook> hooks
    )
    {
        using var pki = new Pki();
        var (certificate, key) = pki.Server();
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        var identity = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var port = PostgresServer.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(identity))
        );
        var app = builder.Build();
        app.Run(http => TakeAsync(http, hooks));
        await app.StartAsync();
        var file = Path.Combine(folder, "hooks-ca.pem");
        await File.WriteAllTextAsync(file, pki.AuthorityPem);
        return new(app, port, file);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext http, IReadOnlyDictionary<string, Hook> hooks)
    {
        var now = TimeProvider.System.GetUtcNow();
        var hook = hooks[http.Request.Path.Value![1..]];
        var body = await http.Request.BodyReader.ReadAtLeastAsync(
            (int)http.Request.ContentLength!.Value
        );
        var at = TimeOf(body.Buffer);
        http.Request.BodyReader.AdvanceTo(body.Buffer.End);
        if (hook.Silent)
            await Task.Delay(Timeout.Infinite, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (http.Request.Headers.ContainsKey("webhook-replay"))
            hook.TakeReplay();
        else if (hook.Status < 300)
            hook.Take(http.Request.Headers["webhook-id"].ToString(), now - at);
        http.Response.StatusCode = hook.Status;
    }

    private static DateTimeOffset TimeOf(in ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        while (json.Read())
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("time"))
            {
                json.Read();
                return json.GetDateTimeOffset();
            }
        throw new InvalidDataException("an event without a time was posted");
    }
}
