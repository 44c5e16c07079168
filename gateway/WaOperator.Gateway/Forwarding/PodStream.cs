using System.Net;

namespace WaOperator.Gateway.Forwarding;

/// <summary>A pod's answer, and the place that it takes of what the pod is given.</summary>
/// <param name="shares">Where the place is.</param>
/// <param name="pod">Host and port.</param>
/// <param name="answer">What it answered.</param>
/// <param name="failure">Why it did not; null if it did.</param>
internal sealed class PodStream(
    PodShares shares,
    string pod,
    HttpResponseMessage answer,
    Outcome? failure
) : IDisposable
{
    /// <summary>What it answered.</summary>
    public HttpResponseMessage Answer => answer;

    /// <summary>Why it did not; null if it did.</summary>
    public Outcome? Failure => failure;

    /// <summary>Whether events follow.</summary>
    public bool Streams =>
        failure is null
        && answer.StatusCode == HttpStatusCode.OK
        && answer.Content.Headers.ContentType?.MediaType == "text/event-stream";

    /// <inheritdoc/>
    public void Dispose()
    {
        answer.Dispose();
        shares.Leave(pod);
    }
}
