using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>A request as it came.</summary>
/// <param name="Path">Path and query, as the request line had them.</param>
/// <param name="Headers">The headers, by names in any case.</param>
/// <param name="Body">The body as text.</param>
internal sealed record Got(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A field of a form; empty where there is none.</summary>
    public string Field(string name) =>
        Body.Split('&')
            .Select(f => f.Split('=', 2))
            .Where(f => f[0] == name)
            .Select(f => WebUtility.UrlDecode(f[1]))
            .SingleOrDefault("");
}

/// <summary>What is answered.</summary>
internal sealed record Answer(int Status, string Type = "text/plain", string Text = "")
{
    public static readonly Answer Nothing = new(StatusCodes.Status204NoContent);

    public static Answer Xml(string twiml) => new(StatusCodes.Status200OK, "text/xml", twiml);

    public static Answer Json(int status, string json) => new(status, "application/json", json);
}

/// <summary>A server that is not there: the customer's program, or WaOperator. It remembers what it was asked.</summary>
internal sealed class HttpDouble : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpDouble(WebApplication app) => _app = app;

    /// <summary>Where it listens; without a slash at its end.</summary>
    public string Url => _app.Urls.Single();

    /// <summary>What it answers.</summary>
    public Func<Got, Task<Answer>> Answers { get; set; } = _ => Task.FromResult(Answer.Nothing);

    /// <summary>All requests, in the order in which they came.</summary>
    public ConcurrentQueue<Got> Seen { get; } = [];

    public static async Task<HttpDouble> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new HttpDouble(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Waits until it was asked so many times.</summary>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="count">How many.</param>
    /// <param name="which">Which of all requests are counted.</param>
    public async Task<IReadOnlyList<Got>> GotAsync(
        string what,
        int count,
        Func<Got, bool>? which = null
    )
    {
        List<Got> Found() => [.. Seen.Where(which ?? (_ => true))];
        try
        {
            await Eventually.True(what, () => Found().Count >= count);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"{e.Message}; it got: {string.Join('\n', Seen.Select(g => $"{g.Path} {g.Body}"))}",
                e
            );
        }
        return Found();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var got = new Got(
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(
                h => h.Key,
                h => h.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            await reader.ReadToEndAsync()
        );
        Seen.Enqueue(got);
        var answer = await Answers(got);
        context.Response.StatusCode = answer.Status;
        if (answer.Text.Length == 0)
            return;
        context.Response.ContentType = answer.Type;
        await context.Response.WriteAsync(answer.Text);
    }
}
