using System.Globalization;

namespace WaOperator.Benchmarks.Api.World;

/// <summary>Asks a child for its live heap.</summary>
internal sealed class HeapProbe
{
    private TaskCompletionSource<long>? _asked;

    /// <summary>Takes a line of the child's output.</summary>
    public void Take(string line)
    {
        if (line.StartsWith("heap ", StringComparison.Ordinal))
            _asked?.TrySetResult(long.Parse(line[5..], CultureInfo.InvariantCulture));
    }

    /// <summary>Bytes that are alive now, after a collection. One question at a time.</summary>
    /// <param name="write">Writes a line to the child.</param>
    public async Task<long> AskAsync(Func<string, Task> write)
    {
        _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await write("heap");
        return await _asked.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
