using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>A request of our own API that is made for a client's request of another form.</summary>
/// <param name="Session">The session.</param>
/// <param name="Method">GET, POST or DELETE.</param>
/// <param name="Rest">The path behind the session's.</param>
internal sealed record PodQuestion(SessionName Session, string Method, string Rest)
{
    // What the client says of itself and of its request, whatever form that has.
    private static readonly string[] Passed =
    [
        "Authorization",
        "Idempotency-Key",
        "traceparent",
        "tracestate",
        "User-Agent",
        "X-Forwarded-For",
    ];

    /// <summary>The query, from its question mark on.</summary>
    public string Query { get; init; } = "";

    /// <summary>The type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The body; null for none.</summary>
    public Stream? Body { get; init; }

    /// <summary>The request as the forwarder takes it; what becomes of it, and who asks, is the client's own.</summary>
    public HttpContext For(HttpContext client)
    {
        var (ns, name) = Session;
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Protocol = "HTTP/1.1" });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        features.Set<IHttpRequestBodyDetectionFeature>(new BodyGiven(Body is not null));
        features.Set(client.Features.Get<IHttpRequestLifetimeFeature>());
        features.Set(client.Features.Get<IHttpConnectionFeature>());
        features.Set(client.Audited());
        var http = new DefaultHttpContext(features)
        {
            RequestServices = client.RequestServices,
            TraceIdentifier = client.TraceIdentifier,
        };
        var request = http.Request;
        request.Method = Method;
        request.Scheme = client.Request.Scheme;
        request.Host = client.Request.Host;
        request.Path = $"/v1/sessions/{ns}/{name}/{Rest}";
        request.QueryString = new(Query);
        request.RouteValues = new()
        {
            ["namespace"] = ns,
            ["name"] = name,
            ["rest"] = Rest,
        };
        foreach (var header in Passed)
            if (client.Request.Headers.TryGetValue(header, out var value))
                request.Headers[header] = value;
        request.ContentType = ContentType;
        if (Body is not null)
            request.Body = Body;
        http.Audited()?.Session = Session;
        return http;
    }

    private sealed record BodyGiven(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}

/// <summary>What a pod, or the gateway in its place, answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body.</param>
internal sealed record PodReply(int Status, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether it did what it was asked for.</summary>
    public bool IsDone => Status is >= 200 and < 300;

    /// <summary>The answer to a request of <see cref="PodQuestion.For"/>.</summary>
    public static PodReply Of(HttpContext http) =>
        new(
            http.Response.StatusCode,
            http.Response.Headers,
            ((MemoryStream)http.Response.Body).ToArray()
        );

    /// <summary>The problem that it tells of; null for none that can be read.</summary>
    public Problem? Problem()
    {
        try
        {
            return JsonSerializer.Deserialize(Body.Span, ProblemJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
