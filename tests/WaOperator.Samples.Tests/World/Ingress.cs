using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>A request that came through the ingress, and what the sample answered (503: there was none).</summary>
internal sealed record Passed(
    string Method,
    string PathAndQuery,
    IReadOnlyDictionary<string, string> Headers,
    byte[] Body,
    int Status
)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    public override string ToString() => $"{Method} {PathAndQuery}: {Status} {Text}";
}

/// <summary>
/// What stands before a program, as an ingress does: https with a certificate that the pod trusts, in front of the plain HTTP of
/// <see cref="Target"/>. It passes requests on unchanged and remembers them.
/// </summary>
internal sealed class Ingress : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }
    );

    private Ingress(WebApplication app) => _app = app;

    /// <summary>Its public address.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Where the sample listens; null: it is away, and callers get 503.</summary>
    public Uri? Target { get; set; }

    /// <summary>True: requests are passed on, but their answers are lost and the connections cut.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>All requests, in the order in which they were answered.</summary>
    public ConcurrentQueue<Passed> Seen { get; } = [];

    /// <summary>Starts it.</summary>
    /// <param name="pki">Who its certificate is from; null: it is plain HTTP.</param>
    public static async Task<Ingress> StartAsync(Pki? pki)
    {
        var identity = pki is null ? null : Identity(pki);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    if (identity is not null)
                        listen.UseHttps(identity);
                }
            )
        );
        var app = builder.Build();
        var ingress = new Ingress(app);
        app.Run(ingress.PassAsync);
        await app.StartAsync();
        return ingress;
    }

    private static X509Certificate2 Identity(Pki pki)
    {
        var (certificate, key) = pki.Server();
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Waits for a request.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="isIt">Whether it is that.</param>
    public async Task<Passed> SeenAsync(string what, Predicate<Passed> isIt)
    {
        try
        {
            return await Eventually.Get(
                what,
                () => Task.FromResult(Seen.FirstOrDefault(p => isIt(p)))
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; seen:\n{string.Join('\n', Seen)}", e);
        }
    }

    /// <summary>Sends a request once more, byte by byte as it was.</summary>
    /// <returns>The status of the answer.</returns>
    public async Task<int> RepeatAsync(Passed request)
    {
        using var answer = await SendAsync(request);
        return (int)answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new Passed(
            context.Request.Method,
            context.Request.GetEncodedPathAndQuery(),
            context.Request.Headers.ToDictionary(
                h => h.Key,
                h => h.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            body.ToArray(),
            StatusCodes.Status503ServiceUnavailable
        );
        try
        {
            using var answer = await SendAsync(request);
            if (LosesAnswers)
            {
                context.Abort();
                return;
            }
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            // An answer without a body, such as 204, may not be written to at all.
            var said = await answer.Content.ReadAsByteArrayAsync();
            if (said.Length > 0)
                await context.Response.Body.WriteAsync(said);
        }
        catch (HttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        Seen.Enqueue(request with { Status = context.Response.StatusCode });
    }

    private async Task<HttpResponseMessage> SendAsync(Passed request)
    {
        if (Target is not { } target)
            throw new HttpRequestException("the sample is away");
        using var message = new HttpRequestMessage(
            new HttpMethod(request.Method),
            new Uri(target, request.PathAndQuery)
        );
        if (request.Body.Length > 0)
            message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
            if (
                !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && !message.Headers.TryAddWithoutValidation(name, value)
            )
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        message.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        return await _http.SendAsync(message);
    }
}
