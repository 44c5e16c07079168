using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Streams pairings to those who follow them with a key or by a link, as many at once as may be.</summary>
internal sealed class PairingStreams(IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int MostStreams = 50;
    private const int MostOfTenant = 3;
    private readonly TenantShares _streams = new(MostStreams, MostOfTenant);

    /// <summary>Streams until the pairing ends, the session, or the client goes.</summary>
    /// <param name="http">The request.</param>
    /// <param name="opened">Its session.</param>
    /// <param name="viewer">What it is told.</param>
    public async Task<IResult> RunAsync(
        HttpContext http,
        OpenedSession opened,
        PairingViewer viewer
    )
    {
        switch (_streams.TryEnter(opened.Tenant, 1))
        {
            case Shortage.OfTenant:
                return Problems.TooManyPairings(MostOfTenant);
            case Shortage.OfAll:
                return Problems.PairingsFull(MostStreams);
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            await new PairingStream(opened.Session, http.Response, time, viewer).RunAsync(
                end.Token
            );
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the pod stops: the stream just ends.
            http.Abort();
        }
        finally
        {
            _streams.Leave(opened.Tenant, 1);
        }
        return Results.Empty;
    }
}
