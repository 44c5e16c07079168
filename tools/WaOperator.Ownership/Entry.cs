using System.Globalization;
using System.Runtime.InteropServices;
using WaOperator.Ownership.Campaigns;
using WaOperator.Ownership.Owners;

namespace WaOperator.Ownership;

/// <summary>The program behind hack/ownership; an owner in a process of its own is the same program.</summary>
internal static class Entry
{
    private const string Usage = """
        usage: ownership [--schedules N] [--processes N] [--restarts N] [--seed S] [--parallel N] [--busy N] [--only INDEX] [--from INDEX] [--repeat N] [--mutate NAME]
          --schedules  how many in all (10000)          --seed      from which all follows but the machine's timing
          --processes  of them with processes (N/10)    --parallel  how many at a time at most in this process
          --restarts   of them with restarts of         --only      run this one alone
                       PostgreSQL (N/100)               --repeat    perform each so often (1)
          --busy       begin none while more threads    --from      continue a run that was stopped (0)
                       want to run (3 for each core)    --mutate    break a rule, and stop when that is noticed:
        """;

    /// <summary>Runs.</summary>
    /// <returns>0: all invariants held; 1: one was broken; 2: wrong usage.</returns>
    public static async Task<int> Main(string[] args)
    {
        if (args is [ProcessSeat.Verb])
        {
            await ProcessSeat.ServeAsync();
            return 0;
        }
        if (Read(args) is not { } options)
        {
            await Console.Error.WriteLineAsync(
                Usage + "\n" + string.Join(' ', Enum.GetNames<Mutation>())
            );
            return 2;
        }
        ThreadPool.SetMinThreads(64, 64);
        var campaign = new Campaign(options, Console.WriteLine);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await campaign.RunAsync() ? 0 : 1;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            campaign.Stop();
        }
    }

    private static CampaignOptions? Read(string[] args)
    {
        var options = new CampaignOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                return null;
            var value = args[i + 1];
            var number = int.TryParse(
                value,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var n
            )
                ? n
                : (int?)null;
            var next = (args[i], number) switch
            {
                ("--schedules", { } x) => options with { Schedules = x },
                ("--processes", { } x) => options with { Processes = x },
                ("--restarts", { } x) => options with { Restarts = x },
                ("--seed", { } x) => options with { Seed = x },
                ("--parallel", { } x) => options with { Parallel = x },
                ("--busy", { } x) => options with { Busy = x },
                ("--only", { } x) => options with { Only = x },
                ("--from", { } x) => options with { From = x },
                ("--repeat", { } x) => options with { Repeat = x },
                ("--mutate", _) when Enum.TryParse<Mutation>(value, out var m) => options with
                {
                    Mutation = m,
                    StopAtFirst = true,
                },
                _ => null,
            };
            if (next is null)
                return null;
            options = next;
        }
        return options;
    }
}
