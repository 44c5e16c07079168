using System.Reflection;
using System.Text.RegularExpressions;
using WaOperator.Kubernetes.Client;
using WaOperator.PhoneNumbers;
using WaOperator.Resources;

namespace WaOperator.Chart.Tests;

/// <summary>Assemblies, images and chart have one version, and a release has it from its tag.</summary>
public sealed class VersionTests : IDisposable
{
    private readonly DirectoryInfo _repository = Directory.CreateTempSubdirectory("wa-version-");

    public void Dispose() => _repository.Delete(recursive: true);

    [Fact]
    public async Task The_chart_in_the_repository_fits_the_tags() =>
        (await CheckAsync(Tool.Root)).Succeeded();

    [Fact]
    public void Assemblies_have_the_version_that_the_build_took_from_the_tags()
    {
        var versions = new[] { typeof(WhatsAppApi), typeof(PhoneNumber), typeof(IKubernetes) }
            .Select(t => t.Assembly)
            .ToDictionary(a => a.GetName().Name!, InformationalVersion, StringComparer.Ordinal);
        versions.Values.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        // 1.0.0 is what an assembly has that nothing gave a version.
        versions.Values.First().ShouldNotStartWith("1.0.0");
    }

    [Fact]
    public async Task The_chart_takes_the_images_of_its_own_version() =>
        (await Rendered.OfAsync("default"))
            .Of("Deployment")
            .Select(d => d["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.ToString())
            .ShouldBe(
                [
                    $"wa-operator/operator:{ChartField("appVersion")}",
                    $"wa-operator/gateway:{ChartField("appVersion")}",
                ],
                ignoreOrder: true
            );

    [Theory]
    [InlineData("0.1.0", "")]
    [InlineData("0.1.0", "v0.1.0")]
    [InlineData("0.2.0-rc.1", "v0.2.0-rc.1")]
    [InlineData("0.2.0", "v0.1.0 commit")]
    [InlineData("0.1.0", "v0.1.0 commit")]
    [InlineData("0.2.0", "v0.2.0-rc.1 commit")]
    public async Task A_chart_with_the_version_of_the_release_or_the_next_one_passes(
        string chart,
        string history
    )
    {
        await RepositoryAsync(chart, chart, history);
        (await CheckAsync(_repository.FullName)).Succeeded();
    }

    [Theory]
    [InlineData("0.1.0", "0.2.0", "", "They are one: set both.")]
    [InlineData("0.1.0", "0.1.0", "v0.2.0", "the tag is v0.2.0")]
    [InlineData("0.1.0", "0.1.0", "v0.2.0 commit", "the latest tag is v0.2.0")]
    [InlineData("0.2.0-rc.1", "0.2.0-rc.1", "v0.2.0 commit", "the latest tag is v0.2.0")]
    [InlineData("0.3.0", "0.3.0", "v0.3.0", "CHANGELOG.md has no section for 0.3.0")]
    public async Task What_disagrees_with_the_tag_is_refused(
        string version,
        string appVersion,
        string history,
        string error
    )
    {
        await RepositoryAsync(version, appVersion, history);
        var answer = await CheckAsync(_repository.FullName);
        answer.ExitCode.ShouldBe(1);
        answer.Error.ShouldContain(error);
    }

    /// <summary>A repository with a chart, a change log without 0.3.0, and a history of tags and later commits.</summary>
    private async Task RepositoryAsync(string version, string appVersion, string history)
    {
        var root = _repository.FullName;
        await RunAsync("cp", "-R", Path.Combine(Tool.Root, "hack"), root);
        Directory.CreateDirectory(Path.Combine(root, "charts/wa-operator"));
        await File.WriteAllTextAsync(
            Path.Combine(root, "charts/wa-operator/Chart.yaml"),
            $"name: wa-operator\nversion: {version}\nappVersion: {appVersion}\n"
        );
        await File.WriteAllTextAsync(
            Path.Combine(root, "CHANGELOG.md"),
            "## [Unreleased]\n## [0.2.0-rc.1] - 2026-12-01\n## [0.1.0] - 2026-11-30\n"
        );
        await GitAsync("init", "--quiet");
        await CommitAsync();
        foreach (var step in history.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            await (step == "commit" ? CommitAsync() : GitAsync("tag", step));
    }

    private Task CommitAsync() =>
        GitAsync(
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "A commit"
        );

    private Task GitAsync(params IEnumerable<string> arguments) =>
        RunAsync("git", ["-C", _repository.FullName, .. arguments]);

    private static async Task RunAsync(string program, params IEnumerable<string> arguments) =>
        (await Tool.RunAsync(program, "", arguments)).Succeeded();

    private static Task<Printed> CheckAsync(string root) =>
        Tool.RunAsync(Path.Combine(root, "hack/version"), "", "check");

    private static string InformationalVersion(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static string ChartField(string name) =>
        Regex
            .Match(
                Tool.Read($"{Rendered.Chart}/Chart.yaml"),
                $"^{name}: (.+)$",
                RegexOptions.Multiline,
                TimeSpan.FromSeconds(1)
            )
            .Groups[1]
            .Value;
}
