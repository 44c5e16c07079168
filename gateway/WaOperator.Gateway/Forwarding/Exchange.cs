using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// One request to one pod. An answer reaches the client once it is whole, or has become too long to be kept: until then another pod may be
/// asked in its place.
/// </summary>
/// <param name="kind">What the request is.</param>
internal sealed class Exchange(RequestKind kind) : HttpTransformer
{
    /// <summary>What the pod said or failed to say; null: its answer went to the client.</summary>
    public Outcome? Seen { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(
            httpContext,
            proxyRequest,
            destinationPrefix,
            cancellationToken
        );
        // The pod's own name.
        proxyRequest.Headers.Host = null;
        ForwardedHeaders.Set(httpContext, proxyRequest);
        // The owner says that it wants the file before the client is asked for it.
        if (kind == RequestKind.Upload)
            proxyRequest.Headers.ExpectContinue = true;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        if (proxyResponse is null)
            return await base.TransformResponseAsync(httpContext, null, cancellationToken);
        if (IsStream(proxyResponse))
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        Stream body;
        AnswerHead head;
        try
        {
            body = await proxyResponse.Content.ReadAsStreamAsync(cancellationToken);
            head = await AnswerHead.ReadAsync(body, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            Seen = Outcome.Lost;
            return false;
        }
        using (head)
        {
            Seen = PodAnswer.Unserved(kind, (int)proxyResponse.StatusCode, head.Memory.Span);
            if (Seen is not null)
                return false;
            await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            if (!HasBody(httpContext, proxyResponse.StatusCode))
                return false;
            var client = httpContext.Response.Body;
            await client.WriteAsync(head.Memory, cancellationToken);
            if (head.IsWhole)
                return false;
        }
        try
        {
            await body.CopyToAsync(httpContext.Response.Body, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // What the client has cannot be taken back; it must not look whole.
            Seen = Outcome.ClientGone;
            httpContext.Abort();
        }
        return false;
    }

    // Its parts are for the client at once.
    private static bool IsStream(HttpResponseMessage answer) =>
        answer is { IsSuccessStatusCode: true, Content.Headers.ContentType.MediaType: { } type }
        && type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static bool HasBody(HttpContext http, HttpStatusCode status) =>
        !HttpMethods.IsHead(http.Request.Method)
        && status is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified);
}
