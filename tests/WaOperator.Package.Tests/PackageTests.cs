using System.Diagnostics;
using System.IO.Compression;
using System.Threading.Channels;
using System.Xml.Linq;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Package.Tests;

/// <summary>What a stranger takes from a feed: the packages restore, the sample builds on them and echoes.</summary>
public sealed class PackageTests(ITestOutputHelper output) : IDisposable
{
    private const string Version = "0.0.1-test";
    private const string BotNumber = "491511111111";
    private const string OtherNumber = "491522222222";

    private static readonly string[] Packed =
    [
        "store/WaOperator.PhoneNumbers",
        "session-pod/WaOperator.WhatsApp",
        "session-pod/WaOperator.WhatsApp.Hosting",
    ];

    private static readonly TimeSpan DotnetLimit = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("wa-package-").FullName;

    private string Feed => Path.Combine(_folder, "feed");

    private string Sample => Path.Combine(_folder, "EchoBot");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_sample_builds_on_the_packages_alone_and_echoes()
    {
        await PackAsync();
        DescribesItself("WaOperator.WhatsApp");
        await BuildSampleAsync();

        await using var simulation = await Simulation.StartAsync();
        await using var other = await Correspondent.ConnectedAsync(simulation, OtherNumber);
        using var bot = StartSample(simulation);
        try
        {
            var code = await bot.LineAsync(
                "the code of the sample",
                line => line.StartsWith("https://wa.me/", StringComparison.Ordinal)
            );
            await simulation.PostedAsync($"/phones/{BotNumber}/scan", new { qr = code });
            await bot.LineAsync(
                "the sample to be connected",
                line => line.StartsWith("Connected.", StringComparison.Ordinal)
            );
            foreach (var text in new[] { "one", "two" })
            {
                (await other.Client.SendTextAsync(BotNumber, text)).Succeeded.ShouldBeTrue();
                var echo = await other.GotAsync(text);
                (echo.Head.ChatPn ?? echo.Head.SenderPn)!.Value.User.ShouldBe(BotNumber);
            }
        }
        finally
        {
            output.WriteLine(bot.Printed);
        }
    }

    private async Task PackAsync()
    {
        foreach (var project in Packed)
            await DotnetAsync(
                $"packing {project}",
                "pack",
                Path.Combine(Shell.Root, project),
                "--no-build",
                "--configuration",
                Configuration,
                "--output",
                Feed,
                $"-p:MinVerVersionOverride={Version}"
            );
    }

    /// <summary>A copy outside of the repository, whose settings a stranger has not. Packages are taken from the feed and the machine's sources; those that are here already are not loaded again.</summary>
    private async Task BuildSampleAsync()
    {
        Directory.CreateDirectory(Sample);
        foreach (var name in new[] { "EchoBot.csproj", "Program.cs" })
            File.Copy(
                Path.Combine(Shell.Root, "samples", "EchoBot", name),
                Path.Combine(Sample, name)
            );
        await File.WriteAllTextAsync(
            Path.Combine(Sample, "nuget.config"),
            $"""<configuration><packageSources><add key="packed" value="{Feed}" /></packageSources></configuration>"""
        );
        var cache =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ".nuget",
                "packages"
            );
        await DotnetAsync(
            "building the sample on the packages",
            "build",
            Sample,
            "--configuration",
            "Release",
            "--output",
            Path.Combine(Sample, "out"),
            $"-p:WaOperatorVersion={Version}",
            $"-p:RestorePackagesPath={Path.Combine(_folder, "packages")}",
            $"-p:RestoreFallbackFolders={cache}",
            "-p:NuGetAudit=false"
        );
    }

    private void DescribesItself(string id)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"{id}.{Version}.nupkg"));
        package.Entries.Select(e => e.FullName).ShouldContain("README.md");
        package.Entries.Select(e => e.FullName).ShouldContain($"lib/net10.0/{id}.xml");
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().First();
        string? Value(string name) =>
            metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        Value("license").ShouldBe("Apache-2.0");
        Value("readme").ShouldBe("README.md");
        Value("description")!.Length.ShouldBeGreaterThan(40);
        File.Exists(Path.Combine(Feed, $"{id}.{Version}.snupkg")).ShouldBeTrue();
    }

    private Program StartSample(Simulation simulation) =>
        new(
            "dotnet",
            [Path.Combine(Sample, "out", "EchoBot.dll"), Path.Combine(_folder, "state")],
            new()
            {
                ["WA_SERVER"] = simulation.Host.Url.ToString(),
                ["WA_ROOT_KEY"] = Convert.ToHexString(simulation.Host.Server.RootPublic),
            }
        );

    private async Task DotnetAsync(string what, params string[] arguments)
    {
        output.WriteLine($"{what} (at most {DotnetLimit.TotalMinutes:0} min)");
        var start = Stopwatch.GetTimestamp();
        var run = Shell.RunAsync("dotnet", [.. arguments, "-nologo", "-v", "q"]);
        try
        {
            (await run.WaitAsync(DotnetLimit)).Succeeded(what);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{what} took more than {DotnetLimit}", e);
        }
        output.WriteLine($"  {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
    }

    /// <summary>How this test was built, and so the library that it uses.</summary>
    private static string Configuration =>
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))
            .Parent!
            .Name;

    /// <summary>A program that runs until the test is over.</summary>
    private sealed class Program : IDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly System.Text.StringBuilder _printed = new();
        private readonly Process _process;

        public Program(
            string name,
            IEnumerable<string> arguments,
            Dictionary<string, string> environment
        )
        {
            var start = new ProcessStartInfo(name, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (key, value) in environment)
                start.Environment[key] = value;
            _process = new() { StartInfo = start };
            _process.OutputDataReceived += (_, e) => Take(e.Data);
            _process.ErrorDataReceived += (_, e) => Take(e.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        /// <summary>What it has printed so far.</summary>
        public string Printed
        {
            get
            {
                lock (_printed)
                    return _printed.ToString();
            }
        }

        /// <summary>Waits for a line.</summary>
        public async Task<string> LineAsync(string what, Predicate<string> wanted)
        {
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                while (true)
                {
                    var line = await _lines.Reader.ReadAsync(limit.Token);
                    if (wanted(line))
                        return line;
                }
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException(
                    $"waited {Limit} in vain for {what}; it printed:\n{Printed}",
                    e
                );
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Take(string? line)
        {
            if (line is null)
                return;
            lock (_printed)
                _printed.AppendLine(line);
            _lines.Writer.TryWrite(line);
        }
    }
}
