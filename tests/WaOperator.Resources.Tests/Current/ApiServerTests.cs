using WaOperator.Testing;

namespace WaOperator.Resources.Tests.Current;

/// <summary>The API server of custom resources of the current Kubernetes, which knows the relations.</summary>
public sealed class ApiServerTests(ApiServerTests.CurrentDefinitions definitions)
    : JudgingServer(definitions),
        IClassFixture<ApiServerTests.CurrentDefinitions>
{
    /// <inheritdoc/>
    public sealed class CurrentDefinitions : Definitions
    {
        protected override string? WhyNot => ControlPlane.WhyNotCurrent;

        protected override async Task<ApiServer> StartAsync() =>
            await ApiServer.StartAsync(await ControlPlane.CurrentAsync());
    }
}
