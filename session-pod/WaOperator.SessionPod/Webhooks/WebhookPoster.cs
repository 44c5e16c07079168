using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using WaOperator.Api.Egress;
using WaOperator.SessionPod.Options;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Posts to addresses that tenants name: to public hosts alone (<see cref="EgressRules"/>), over one client. Of an answer no more is read
/// than its status, and a little of its body so that the connection can be used again.
/// </summary>
internal sealed class WebhookPoster(PodOptions options, TimeProvider time) : IDisposable
{
    private const int MaxAnswer = 4096;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ProductInfoHeaderValue Agent = new("WaOperator-Webhook", "1");

    private readonly Lazy<HttpClient> _http = new(() =>
        EgressHttp.Create(options.Egress, caPem: Authorities(options))
    );

    /// <summary>Connections for an endpoint with certificates of its own; the caller ends them.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The certificates cannot be used.</exception>
    public WebhookLine Open(WebhookTls tls) => new(options.Egress, Authorities(options), tls);

    /// <summary>Posts once.</summary>
    /// <param name="settings">Where, and how long it may take.</param>
    /// <param name="secrets">What it is signed with, and its headers.</param>
    /// <param name="post">What.</param>
    /// <param name="attempt">Which try it is, from 1.</param>
    /// <param name="keep">How many bytes of the answer are of interest.</param>
    /// <param name="line">The endpoint's own connections; null: those of all.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<PostAnswer> SendAsync(
        WebhookSettings settings,
        WebhookSecrets secrets,
        WebhookPost post,
        int attempt,
        int keep,
        WebhookLine? line,
        CancellationToken ct
    )
    {
        if (options.Egress.Read(settings.Url, out var url) is { } wrong)
            return Refused(wrong);
        using var request = Request(url, settings, secrets, post, attempt);
        return await ExchangeAsync(request, settings, keep, line, ct);
    }

    /// <summary>Asks an endpoint as Meta does (<see cref="WebhookChallenge"/>).</summary>
    /// <param name="settings">Where, and how long it may take.</param>
    /// <param name="secrets">What it is asked by, and headers.</param>
    /// <param name="line">The endpoint's own connections; null: those of all.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>What is wrong with its answer; null for nothing.</returns>
    public async Task<string?> ChallengeAsync(
        WebhookSettings settings,
        WebhookSecrets secrets,
        WebhookLine? line,
        CancellationToken ct
    )
    {
        var challenge = WebhookChallenge.Create();
        if (options.Egress.Read(settings.Url, out var url) is { } wrong)
            return WebhookChallenge.Judge(Refused(wrong), challenge);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            WebhookChallenge.Of(url, secrets.VerifyToken!, challenge)
        );
        Begin(request, secrets);
        return WebhookChallenge.Judge(
            await ExchangeAsync(request, settings, WebhookChallenge.MaxAnswer, line, ct),
            challenge
        );
    }

    private static PostAnswer Refused(string wrong) =>
        new(PostVerdict.Unanswered($"AddressRefused: the URL {wrong}"));

    private async Task<PostAnswer> ExchangeAsync(
        HttpRequestMessage request,
        WebhookSettings settings,
        int keep,
        WebhookLine? line,
        CancellationToken ct
    )
    {
        using var limit = new CancellationTokenSource(
            TimeSpan.FromSeconds(settings.TimeoutSeconds),
            time
        );
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var answer = await (line?.Http ?? _http.Value).SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            var verdict = PostVerdict.Of(
                (int)answer.StatusCode,
                answer.ReasonPhrase,
                RetryAfter(answer)
            );
            var body = await ReadAsync(answer, keep, either.Token);
            return new(verdict, (int)answer.StatusCode) { Body = body };
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(
                PostVerdict.Unanswered($"timed out after {settings.TimeoutSeconds} s", blames: true)
            );
        }
        catch (HttpRequestException e)
        {
            return new(PostVerdict.Unanswered(Explain(e), WasSent(e)));
        }
        catch (IOException)
        {
            return new(PostVerdict.Unanswered("the connection ended early", blames: true));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_http.IsValueCreated)
            _http.Value.Dispose();
    }

    private static string? Authorities(PodOptions options) =>
        options.EgressCaFile is { } file ? File.ReadAllText(file) : null;

    private HttpRequestMessage Request(
        Uri url,
        WebhookSettings settings,
        WebhookSecrets secrets,
        WebhookPost post,
        int attempt
    )
    {
        var seconds = time.GetUtcNow().ToUnixTimeSeconds();
        var content = new ByteArrayContent(post.Body);
        content.Headers.ContentType = Json;
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        var headers = request.Headers;
        Begin(request, secrets);
        Set("webhook-id", post.Id);
        Set("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        Set(
            "webhook-signature",
            WebhookSignature.Sign(settings.Signature, secrets.Signing, post.Id, seconds, post.Body)
        );
        if (settings.Format == WebhookFormat.CloudApi)
            Set("X-Hub-Signature-256", WebhookSignature.OfHub(secrets.Signing[0], post.Body));
        Set("webhook-attempt", attempt.ToString(CultureInfo.InvariantCulture));
        if (post.IsReplay)
            Set("webhook-replay", "true");
        return request;

        void Set(string name, string value)
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        }
    }

    private static void Begin(HttpRequestMessage request, WebhookSecrets secrets)
    {
        foreach (var (name, value) in secrets.Headers ?? new Dictionary<string, string>())
            request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.UserAgent.Clear();
        request.Headers.UserAgent.Add(Agent);
    }

    /// <summary>What is left of an answer after that is not read, and its connection ends.</summary>
    /// <returns>How it begins.</returns>
    private static async Task<byte[]> ReadAsync(
        HttpResponseMessage answer,
        int keep,
        CancellationToken ct
    )
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxAnswer);
        var read = 0;
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(ct);
            // One more: only so the end is seen.
            while (read < MaxAnswer)
            {
                var more = await body.ReadAsync(buffer.AsMemory(read, MaxAnswer - read), ct);
                if (more == 0)
                    break;
                read += more;
            }
        }
        catch (Exception e)
            when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The endpoint has answered; that its body does not come changes nothing.
        }
        try
        {
            return buffer[..Math.Min(read, keep)];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };

    private static bool WasSent(HttpRequestException failure) =>
        failure.InnerException
            is not (EgressRefusedException or AuthenticationException or SocketException)
        && failure.HttpRequestError
            is HttpRequestError.ResponseEnded
                or HttpRequestError.InvalidResponse
                or HttpRequestError.HttpProtocolError
                or HttpRequestError.Unknown;

    private static string Explain(HttpRequestException failure) =>
        failure switch
        {
            { InnerException: EgressRefusedException refused } =>
                $"AddressRefused: {refused.Message}",
            { InnerException: AuthenticationException tls } => $"TLS: {tls.Message}",
            {
                InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused }
            } => "connection refused",
            { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound } }
            or { HttpRequestError: HttpRequestError.NameResolutionError } =>
                "its name cannot be resolved",
            { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                "TLS: its certificate is not trusted, or TLS failed",
            { InnerException: SocketException socket } =>
                $"no connection could be made ({socket.SocketErrorCode})",
            { HttpRequestError: HttpRequestError.ConnectionError } => "no connection could be made",
            _ => "its answer cannot be read, or the connection ended early",
        };
}
