using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>Redocly's linter of OpenAPI documents.</summary>
internal static class Linter
{
    private static readonly NodeFolder Folder = new(
        "tests/WaOperator.Gateway.Tests/Description/linter"
    );
    private static readonly Lazy<Task> Installed = new(Folder.InstallAsync);

    /// <summary>A line for each fault of a file.</summary>
    public static async Task<string[]> ProblemsAsync(string file)
    {
        await Installed.Value;
        return (await Folder.RunAsync("node", "lint.mjs", file)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
    }
}
