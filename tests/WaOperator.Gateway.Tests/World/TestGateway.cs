using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace WaOperator.Gateway.Tests.World;

/// <summary>A gateway that runs in this process.</summary>
internal sealed class TestGateway(WebApplication app)
{
    private readonly Uri[] _urls = [.. app.Urls.Select(u => new Uri(u))];

    /// <summary>The services of the gateway.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>All that it serves.</summary>
    public IEnumerable<Endpoint> Endpoints =>
        ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints);

    /// <summary>Where health and metrics are: the port that is listened on first.</summary>
    public Uri Health => _urls[0];

    /// <summary>Where tenants' API is.</summary>
    public Uri Api => _urls[1];

    /// <summary>Ends it as Kubernetes does.</summary>
    public Task StopAsync() => app.StopAsync();
}
