using System.Runtime.InteropServices;

namespace WaOperator.Ownership;

/// <summary>Signals to processes of this run: owners, and backends of its own PostgreSQL.</summary>
internal static partial class Native
{
    private const int SigCont = 18;
    private const int SigStop = 19;

    /// <summary>SIGSTOP: the process stands still wherever it is.</summary>
    public static void Stop(int pid) => _ = Kill(pid, SigStop);

    /// <summary>SIGCONT: it continues, and knows of nothing.</summary>
    public static void Continue(int pid) => _ = Kill(pid, SigCont);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
