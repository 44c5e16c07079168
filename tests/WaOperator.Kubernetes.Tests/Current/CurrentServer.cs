using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Current;

/// <summary>The API server of custom resources of the current Kubernetes.</summary>
public sealed class CurrentServer : FaultyServer
{
    protected override string? WhyNot => ControlPlane.WhyNotCurrent;

    protected override async Task<ApiServer> StartAsync() =>
        await ApiServer.StartAsync(await ControlPlane.CurrentAsync());
}

/// <summary>Its tests run one after another.</summary>
[CollectionDefinition(nameof(CurrentServer))]
public sealed class CurrentServerTests : ICollectionFixture<CurrentServer>;
