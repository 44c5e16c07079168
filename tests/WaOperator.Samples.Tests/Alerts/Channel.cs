using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Alerts;

/// <summary>A channel of people, in the place of Slack: takes <c>{"text":...}</c>.</summary>
internal sealed class Channel : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;

    private Channel(WebApplication app) => _app = app;

    /// <summary>Where notifications are posted.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>All lines that were taken, in order.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>What is answered; what is not answered with 200 is not taken.</summary>
    public int Status { get; set; } = 200;

    public static async Task<Channel> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var channel = new Channel(app);
        app.MapPost("/", channel.TakeAsync);
        await app.StartAsync();
        return channel;
    }

    /// <summary>The lines about a session.</summary>
    public IReadOnlyList<string> Of(string session) =>
        [.. Lines.Where(l => l.Contains($" {session}: ", StringComparison.Ordinal))];

    /// <summary>Waits until so many lines about a session were taken.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(string session, int count)
    {
        try
        {
            await Eventually.True(
                $"{count} lines about {session}",
                () => Of(session).Count >= count,
                Limit
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; there are: {string.Join(" | ", Lines)}", e);
        }
        Of(session).Count.ShouldBe(count, string.Join(" | ", Lines));
        return Of(session);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        var said = await JsonNode.ParseAsync(request.Body);
        if (Status == 200)
            foreach (var line in ((string)said!["text"]!).Split('\n'))
                Lines.Enqueue(line);
        return Results.StatusCode(Status);
    }
}
