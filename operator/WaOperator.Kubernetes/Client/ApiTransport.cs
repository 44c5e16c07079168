using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using k8s.Authentication;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Objects;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace WaOperator.Kubernetes.Client;

/// <summary>A request that can be sent more than once.</summary>
internal readonly record struct ApiRequest(
    HttpMethod Method,
    string PathAndQuery,
    string Verb,
    byte[]? Body = null,
    string? ContentType = null
)
{
    /// <summary>For messages: without the query.</summary>
    public override string ToString()
    {
        var query = PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        return $"{Method} {(query < 0 ? PathAndQuery : PathAndQuery[..query])}";
    }
}

/// <summary>Sends requests as the configured user and turns refusals into exceptions.</summary>
internal sealed class ApiTransport : IDisposable
{
    private readonly KubernetesClientConfiguration _config;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly ServiceClientCredentials? _credentials;
    private readonly string _base;
    private readonly IDisposable _owned;

    public ApiTransport(
        KubernetesClientConfiguration config,
        KubernetesClientOptions options,
        TimeProvider time,
        HttpMessageHandler? handler
    )
    {
        _config = config;
        _options = options;
        _time = time;
        _base = config.Host.TrimEnd('/');
        if (handler is not null)
        {
            _owned = _http = new(handler);
            return;
        }
        var library = Connection.Open(config, options);
        (_owned, _http, _credentials) = (library, library.HttpClient, library.Credentials);
    }

    public void Dispose() => _owned.Dispose();

    /// <summary>Sends; returns once the headers of a successful answer are there.</summary>
    public async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            var (response, token) = await SendOnceAsync(request, linked.Token);
            if (
                response.StatusCode == HttpStatusCode.Unauthorized
                && token is not null
                && _config.TokenProvider is IRenewableToken renewable
                && await renewable.TryRenewAsync(token, linked.Token)
            )
            {
                response.Dispose();
                (response, _) = await SendOnceAsync(request, linked.Token);
            }
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                throw await RefusalAsync(request, response, linked.Token);
        }
        catch (OperationCanceledException e)
            when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"{request}: no answer from {_base} within {_options.RequestTimeout.TotalSeconds:0.#} s",
                e
            );
        }
    }

    /// <returns>The answer, and the token that was sent.</returns>
    private async Task<(HttpResponseMessage Response, string? Token)> SendOnceAsync(
        ApiRequest request,
        CancellationToken ct
    )
    {
        using var message = new HttpRequestMessage(request.Method, _base + request.PathAndQuery)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // The handler expects the name in the certificate that stands here, and not what its own options say.
        if (_config.TlsServerName is { } name)
            message.Headers.Host = name;
        if (_credentials is not null)
            await _credentials.ProcessHttpRequestAsync(message, ct);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }
        var start = _time.GetTimestamp();
        var code = "<error>";
        try
        {
            var response = _http is HttpClient client
                ? await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct)
                : await _http.SendAsync(message, ct);
            code = ((int)response.StatusCode).ToString(
                System.Globalization.CultureInfo.InvariantCulture
            );
            return (response, message.Headers.Authorization?.Parameter);
        }
        finally
        {
            KubernetesMetrics.Request(
                request.Method.Method,
                request.Verb,
                code,
                _time.GetElapsedTime(start)
            );
        }
    }

    private static async Task<KubernetesException> RefusalAsync(
        ApiRequest request,
        HttpResponseMessage response,
        CancellationToken ct
    )
    {
        var body = await response.Content.ReadAsByteArrayAsync(ct);
        var retryAfter = response.Headers.RetryAfter?.Delta;
        return new(StatusOf(body, response.StatusCode), request.ToString(), retryAfter);
    }

    /// <summary>The server's Status, or one made of whatever a proxy in between said.</summary>
    private static Status StatusOf(byte[] body, HttpStatusCode code)
    {
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize(body, CoreJsonContext.Default.Status);
        }
        catch (JsonException)
        {
            // Not from the API server: the text below says what it was.
        }
        if (status?.Reason is not null || status?.Message is not null)
            return status with { Code = status.Code ?? (int)code };
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 500))).Trim();
        return new()
        {
            Code = (int)code,
            Reason = code.ToString(),
            Message = text.Length > 0 ? text : null,
        };
    }
}
