using WaOperator.Api;
using WaOperator.Gateway.Options;

namespace WaOperator.Gateway.Streams;

/// <summary>How many streams of many sessions are served at once, those that consumers wait for among them.</summary>
internal sealed class StreamRoom(GatewayOptions options)
{
    private readonly TenantShares _streams = new(options.MaxStreams, options.MaxTenantStreams);

    /// <summary>Takes a place, which <see cref="Leave"/> gives back.</summary>
    /// <returns>Why there is none; null: it is taken.</returns>
    public ProblemAnswer? Enter(long tenant) =>
        _streams.TryEnter(tenant, 1) switch
        {
            Shortage.None => null,
            Shortage.OfTenant => Problems.TooManyStreams(
                $"the tenant has {options.MaxTenantStreams} streams of events open on this gateway, as many as one may have; close some"
            ),
            _ => Problems.TooManyStreams(
                $"this gateway serves {options.MaxStreams} streams of events already; try again later"
            ),
        };

    /// <summary>Gives a place back.</summary>
    public void Leave(long tenant) => _streams.Leave(tenant, 1);
}
