using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Hosting;

/// <summary>The script that is the container's first process.</summary>
public sealed class SupervisorTests : IDisposable
{
    /// <summary>Writes its number and whether another one of its kind still runs, then waits.</summary>
    private const string Program =
        "for p in $(cat started); do ! kill -0 $p 2>/dev/null || echo $p >>overlaps; done; "
        + "echo $$ >>started; trap 'exit 7' TERM; while :; do sleep 0.02; done";

    private readonly string _folder = Directory.CreateTempSubdirectory("supervise").FullName;

    public SupervisorTests() => File.WriteAllText(Path.Combine(_folder, "started"), "");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_killed_process_is_followed_by_the_next_one_and_never_runs_beside_it()
    {
        using var supervisor = Start("0", Program);
        for (var round = 1; round <= 5; round++)
        {
            var process = await StartedAsync(round);
            await KillAsync("-KILL", process);
        }
        await StartedAsync(6);
        File.Exists(Path.Combine(_folder, "overlaps")).ShouldBeFalse();

        await KillAsync("-TERM", supervisor.Id);
        (await EndAsync(supervisor)).ShouldBe(7);
    }

    [Fact]
    public async Task The_end_that_kubelet_asks_for_is_passed_on_and_waited_for()
    {
        using var supervisor = Start(
            "0",
            "echo $$ >>started; trap 'sleep 0.3; echo done >closed; exit 0' TERM; while :; do sleep 0.02; done"
        );
        await StartedAsync(1);

        await KillAsync("-TERM", supervisor.Id);

        (await EndAsync(supervisor)).ShouldBe(0);
        File.Exists(Path.Combine(_folder, "closed")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    public async Task An_exit_of_its_own_ends_the_container(string program, int code)
    {
        using var supervisor = Start("0", program);
        (await EndAsync(supervisor)).ShouldBe(code);
    }

    [Fact]
    public async Task One_that_dies_at_once_is_left_to_kubelet()
    {
        using var supervisor = Start("10", "kill -KILL $$");
        (await EndAsync(supervisor)).ShouldBe(137);
    }

    private Process Start(string seconds, string program)
    {
        var start = new ProcessStartInfo(
            "sh",
            [Path.Combine(AppContext.BaseDirectory, "supervise.sh"), "sh", "-c", program]
        )
        {
            WorkingDirectory = _folder,
        };
        start.Environment["WA_SUPERVISE_SECONDS"] = seconds;
        return Process.Start(start)!;
    }

    private async Task<int> StartedAsync(int round)
    {
        var file = Path.Combine(_folder, "started");
        await Eventually.True(
            $"process {round} was started",
            async () => (await File.ReadAllLinesAsync(file)).Length >= round
        );
        return int.Parse((await File.ReadAllLinesAsync(file))[^1], CultureInfo.InvariantCulture);
    }

    private static async Task<int> EndAsync(Process supervisor)
    {
        await Eventually.True("the supervisor ended", () => Task.FromResult(supervisor.HasExited));
        return supervisor.ExitCode;
    }

    private static async Task KillAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [signal, $"{process}"]);
        await kill.WaitForExitAsync();
    }
}
