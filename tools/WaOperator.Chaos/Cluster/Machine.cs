using WaOperator.Testing;

namespace WaOperator.Chaos.Cluster;

/// <summary>The nodes' power and links, by hack/cluster.</summary>
internal static class Machine
{
    public static Task CutPowerAsync(int node) => HackAsync("node-kill", $"{node}");

    public static Task StartAsync(int node) => HackAsync("node-start", $"{node}");

    public static Task CutOffAsync(int node, string address) =>
        HackAsync("partition", $"{node}", "--from", address);

    public static Task HealAsync(int node) => HackAsync("partition", $"{node}", "--heal");

    /// <summary>
    /// The number of a session pod's process inside its node, found by the UID in its environment; not its supervisor's, with which the
    /// container would end.
    /// </summary>
    public static Task<int> ProcessOfAsync(int node, string podUid) =>
        FindAsync(node, $"WA__Pod__Uid={podUid}");

    /// <summary>The number of the process of a pod inside its node, found by the host name that its container has.</summary>
    public static Task<int> ProcessOfHostAsync(int node, string pod) =>
        FindAsync(node, $"HOSTNAME={pod}");

    private static async Task<int> FindAsync(int node, string variable)
    {
        var found = await HackAsync(
            "node-exec",
            $"{node}",
            "sh",
            "-c",
            $"grep -lz '^{variable}$' /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 |"
                + " while read -r p; do [ \"$(cat /proc/$p/comm)\" != dotnet ] || { echo $p; break; }; done"
        );
        return int.TryParse(
            found.Out.Trim(),
            System.Globalization.CultureInfo.InvariantCulture,
            out var pid
        )
            ? pid
            : throw new InvalidOperationException($"node {node} runs no process with {variable}");
    }

    public static Task KillAsync(int node, int process) =>
        HackAsync("node-exec", $"{node}", "kill", "-9", $"{process}");

    private static async Task<Output> HackAsync(params string[] arguments) =>
        (await Shell.RunAsync("hack/cluster", arguments)).Succeeded(
            "hack/cluster " + string.Join(' ', arguments)
        );
}
