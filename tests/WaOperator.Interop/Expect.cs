namespace WaOperator.Interop;

/// <summary>Says what was expected and what was seen.</summary>
internal static class Expect
{
    public static void Equal<T>(T expected, T seen, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, seen))
            throw new CellException($"{what}: expected '{expected}', seen '{seen}'");
    }

    public static void True(bool condition, string what, object? seen)
    {
        if (!condition)
            throw new CellException($"expected {what}; seen: {seen}");
    }

    /// <summary>Waits for a state of the server.</summary>
    public static async Task EventuallyAsync(string what, Func<Task<bool>> probe)
    {
        try
        {
            await Testing.Eventually.True(what, probe, TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException e)
        {
            throw new CellException(
                e.Message + (e.InnerException is { } why ? $": {why.Message}" : "")
            );
        }
    }
}
