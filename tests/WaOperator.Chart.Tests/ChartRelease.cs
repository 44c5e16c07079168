using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>Installs the chart on an API server.</summary>
internal static class ChartRelease
{
    /// <summary>Installs it in the namespace of its name, and waits for its definitions.</summary>
    /// <param name="server">The API server.</param>
    /// <param name="release">The release, and its namespace.</param>
    /// <param name="values">Arguments of helm.</param>
    /// <returns>What was installed, but for the version of Kubernetes.</returns>
    public static async Task<Rendered> InstallAsync(
        ApiServer server,
        string release,
        params string[] values
    )
    {
        (
            await Tool.HelmAsync([
                "install",
                release,
                Rendered.Chart,
                "-n",
                release,
                "--kubeconfig",
                server.KubeconfigPath,
                .. values,
            ])
        ).Succeeded();
        await server.EstablishedAsync();
        return await Rendered.OfAsync("default", "1.36", values);
    }
}
