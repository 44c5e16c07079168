using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace WaOperator.Gateway.Tests.World;

/// <summary>What a pod was asked.</summary>
internal sealed record Asked(string Method, string Path, IHeaderDictionary Headers, string Body);

/// <summary>A pod in this process that answers as the test says.</summary>
internal sealed class FakePod : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakePod(string name, WebApplication app) => (Name, _app) = (name, app);

    public string Name { get; }

    /// <summary>Host and port.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What it was asked, in order.</summary>
    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Reads bodies before it answers.</summary>
    public bool ReadsBodies { get; set; } = true;

    /// <summary>How it answers.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = AcceptAsync;

    public static async Task<FakePod> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var pod = new FakePod(name, builder.Build());
        pod._app.Run(pod.ServeAsync);
        await pod._app.StartAsync();
        pod.Address = new Uri(pod._app.Urls.Single()).Authority;
        return pod;
    }

    /// <summary>Answers as a pod that accepted a message.</summary>
    public static Task AcceptAsync(HttpContext http) => JsonAsync(http, 202, """{"id":"x"}""");

    /// <summary>Another pod owns the session.</summary>
    public static Task NotOwnerAsync(HttpContext http) =>
        ProblemAsync(http, 421, "not-owner", ",\"owner\":\"evil.example:1\"");

    /// <summary>The session is moving.</summary>
    public static Task MovingAsync(HttpContext http) => ProblemAsync(http, 503, "moving");

    /// <summary>Dies before the answer.</summary>
    public static Task DieAsync(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Dies in the middle of its answer.</summary>
    public static async Task DieInTheMiddleAsync(HttpContext http)
    {
        http.Response.StatusCode = 202;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = 100;
        await http.Response.WriteAsync("""{"id":""");
        await http.Response.Body.FlushAsync();
        http.Abort();
    }

    public static Task ProblemAsync(HttpContext http, int status, string slug, string more = "") =>
        JsonAsync(
            http,
            status,
            $$"""{"type":"urn:wa:problem:{{slug}}","title":"t","status":{{status}},"detail":"d","retryable":true{{more}}}""",
            "application/problem+json"
        );

    public static Task JsonAsync(
        HttpContext http,
        int status,
        string json,
        string type = "application/json"
    )
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        return http.Response.WriteAsync(json);
    }

    private async Task ServeAsync(HttpContext http)
    {
        var body = "";
        if (ReadsBodies)
        {
            using var reader = new StreamReader(http.Request.Body);
            body = await reader.ReadToEndAsync();
        }
        var asked = new Asked(
            http.Request.Method,
            http.Request.Path + http.Request.QueryString,
            new HeaderDictionary(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value)),
            body
        );
        http.Features.Set(asked);
        Requests.Enqueue(asked);
        await Answer(http);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
