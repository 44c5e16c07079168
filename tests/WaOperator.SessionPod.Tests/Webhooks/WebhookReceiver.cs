using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>A post as it came.</summary>
internal sealed record Received(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json { get; } = JsonNode.Parse(Body)!;

    public string Id => Headers["webhook-id"];

    /// <summary>Whose certificate the connection showed; null for none.</summary>
    public string? Identity { get; init; }

    public string Type => (string)Json["type"]!;

    public string? Chat => (string?)Json["subject"];

    public string MessageId => (string?)Json["data"]?["id"] ?? "";

    /// <summary>Of a message whose id is a letter and a number.</summary>
    public int Number => int.Parse(MessageId.AsSpan(1), CultureInfo.InvariantCulture);

    public int Attempt => int.Parse(Headers["webhook-attempt"], CultureInfo.InvariantCulture);

    /// <summary>Which of the secrets signed it, as a receiver finds out.</summary>
    public bool IsSignedBy(byte[] secret)
    {
        var text = $"{Id}.{Headers["webhook-timestamp"]}.{Body}";
        var hash = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text));
        return Headers["webhook-signature"]
            .Split(' ')
            .Contains($"v1,{Convert.ToBase64String(hash)}");
    }
}

/// <summary>A tenant's endpoint: https on this machine.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app, Uri address, string caFile) =>
        (_app, Address, CaFile) = (app, address, caFile);

    /// <summary>Who its certificate is from.</summary>
    public required Pki Authority { get; init; }

    public Uri Address { get; }

    public string CaFile { get; }

    /// <summary>All posts that were answered with 200, in order.</summary>
    public ConcurrentQueue<Received> Taken { get; } = [];

    /// <summary>All posts.</summary>
    public ConcurrentQueue<Received> Seen { get; } = [];

    /// <summary>What is answered; it may take its time.</summary>
    public Func<Received, Task<int>> Answer { get; set; } = _ => Task.FromResult(200);

    /// <summary>Challenges that it was asked.</summary>
    public ConcurrentQueue<IQueryCollection> Challenges { get; } = [];

    /// <summary>The verify token that it knows; to others it says nothing.</summary>
    public string? VerifyToken { get; set; }

    /// <summary>The body of its answers.</summary>
    public string Says { get; set; } = "";

    /// <param name="trusted">Who pods trust by themselves; null: who its certificate is from.</param>
    /// <param name="asksForCertificate">It takes connections with a certificate alone, from any authority.</param>
    public static async Task<WebhookReceiver> StartAsync(
        Pki? trusted = null,
        bool asksForCertificate = false
    )
    {
        var pki = new Pki();
        // Of this machine by its address alone: by no name of it.
        var (certificate, key) = pki.Server("crm.example.org");
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        var identity = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                    listen.UseHttps(
                        identity,
                        https =>
                        {
                            if (!asksForCertificate)
                                return;
                            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                            https.AllowAnyClientCertificate();
                        }
                    )
            )
        );
        var app = builder.Build();
        WebhookReceiver? receiver = null;
        app.MapPost("/{**path}", (HttpContext http) => receiver!.TakeAsync(http));
        app.MapGet(
            "/{**path}",
            (HttpContext http) => receiver!.AnswerChallenge(http.Request.Query)
        );
        await app.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, (trusted ?? pki).AuthorityPem);
        var address = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Single();
        return receiver = new(app, new Uri(address), file) { Authority = pki };
    }

    /// <summary>Waits until so many were taken.</summary>
    public Task TakenAsync(int count) =>
        Eventually.True($"{count} events are taken", () => Taken.Count >= count);

    private IResult AnswerChallenge(IQueryCollection asked)
    {
        Challenges.Enqueue(asked);
        return asked["hub.verify_token"] == VerifyToken
            ? Results.Text(asked["hub.challenge"])
            : Results.StatusCode(403);
    }

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var post = new Received(
            http.Request.Headers.ToDictionary(
                h => h.Key,
                h => h.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            await reader.ReadToEndAsync()
        )
        {
            Identity = http.Connection.ClientCertificate?.Subject,
        };
        Seen.Enqueue(post);
        var status = await Answer(post);
        if (status == 200)
            Taken.Enqueue(post);
        http.Response.StatusCode = status;
        await http.Response.WriteAsync(Says);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        File.Delete(CaFile);
        Authority.Dispose();
    }
}
