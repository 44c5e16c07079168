namespace WaOperator.SessionPod.Hosting;

/// <summary>The exit code of the process.</summary>
internal sealed class PodExit
{
    /// <summary>0 unless the pod refused to start or broke.</summary>
    public int Code { get; private set; }

    /// <summary>Makes it 1.</summary>
    public void Fail() => Code = 1;
}
