using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using WaOperator.Kubernetes.Client;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace WaOperator.Kubernetes.Tests;

/// <summary>
/// An API server that answers as the test says, for what a real one cannot be made to do: newer versions, overload, watches that
/// hang. Everything above HTTP is real.
/// </summary>
public sealed class FakeApi(Func<FakeApi.Call, HttpResponseMessage> answer) : HttpMessageHandler
{
    private readonly ConcurrentQueue<Call> _calls = new();

    /// <summary>A request.</summary>
    public sealed record Call(
        string Method,
        string Path,
        Dictionary<string, string> Query,
        string Body
    )
    {
        public bool IsWatch => Query.ContainsKey("watch");
        public bool IsVersion => Path == "/version";
        public bool IsList => !IsWatch && !IsVersion;
    }

    public IEnumerable<Call> Lists => _calls.Where(c => c.IsList);
    public IEnumerable<Call> Watches => _calls.Where(c => c.IsWatch);

    public KubernetesClient Client(TimeProvider? time = null) =>
        new(new KubernetesClientConfiguration { Host = "http://fake" }, null, time, this);

    public static HttpResponseMessage Version(int minor) =>
        Json($$"""{"major":"1","minor":"{{minor}}","gitVersion":"v1.{{minor}}.0"}""");

    public static HttpResponseMessage Json(string json, HttpStatusCode code = HttpStatusCode.OK) =>
        new(code) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Refusal(int code, string reason, TimeSpan? retryAfter = null)
    {
        var response = Json(
            $$"""{"kind":"Status","status":"Failure","reason":"{{reason}}","message":"no","code":{{code}}}""",
            (HttpStatusCode)code
        );
        if (retryAfter is { } after)
            response.Headers.RetryAfter = new(after);
        return response;
    }

    public static HttpResponseMessage List(string version, string? token, params Widget[] items) =>
        Json(
            $$"""{"kind":"WidgetList","metadata":{"resourceVersion":"{{version}}","continue":"{{token}}"},"items":[{{string.Join(',', items.Select(Text))}}]}"""
        );

    public static Widget Widget(string name, int version, string uid = "u") =>
        new()
        {
            Metadata = new()
            {
                Name = name,
                Namespace = "ns",
                ResourceVersion = $"{version}",
                Uid = $"{name}-{uid}",
            },
        };

    public static string Text(Widget widget) =>
        JsonSerializer.Serialize(widget, Tests.Widget.Resource.TypeInfo);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var query = request
            .RequestUri!.Query.TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('='))
            .ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]), StringComparer.Ordinal);
        var body = request.Content is { } content
            ? await content.ReadAsStringAsync(cancellationToken)
            : "";
        var call = new Call(request.Method.Method, request.RequestUri.AbsolutePath, query, body);
        _calls.Enqueue(call);
        return answer(call);
    }
}

/// <summary>A watch that the test speaks into.</summary>
public sealed class FakeWatch
{
    private readonly Pipe _pipe = new();

    public HttpResponseMessage Response =>
        new(HttpStatusCode.OK) { Content = new StreamContent(_pipe.Reader.AsStream()) };

    public FakeWatch Send(string type, Widget widget) =>
        Line($$"""{"type":"{{type}}","object":{{FakeApi.Text(widget)}}}""");

    public FakeWatch Bookmark(int version, bool initialEventsEnd = false)
    {
        var annotations = initialEventsEnd
            ? ""","annotations":{"k8s.io/initial-events-end":"true"}"""
            : "";
        var metadata = $$"""{"resourceVersion":"{{version}}"{{annotations}} }""";
        return Line($$"""{"type":"BOOKMARK","object":{"metadata":{{metadata}} } }""");
    }

    public FakeWatch Error(int code, string reason) =>
        Line(
            $$"""{"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"{{reason}}","code":{{code}} } }"""
        );

    public FakeWatch End()
    {
        _pipe.Writer.Complete();
        return this;
    }

    public FakeWatch Break()
    {
        _pipe.Writer.Complete(new IOException("connection reset"));
        return this;
    }

    private FakeWatch Line(string line)
    {
        _pipe
            .Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"))
            .AsTask()
            .GetAwaiter()
            .GetResult();
        return this;
    }
}
