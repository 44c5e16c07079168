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

    /// <summary>Waits for a state of the server. 6.7.24 takes 5 s for each message that it has to ask for again.</summary>
    /// <param name="what">The state.</param>
    /// <param name="probe">Whether it has come.</param>
    /// <param name="seen">What was seen last, for the message of a cell that fails.</param>
    public static async Task EventuallyAsync(
        string what,
        Func<Task<bool>> probe,
        Func<string>? seen = null
    )
    {
        try
        {
            await Testing.Eventually.True(what, probe, TimeSpan.FromSeconds(75));
        }
        catch (TimeoutException e)
        {
            throw new CellException(
                e.Message
                    + (e.InnerException is { } why ? $": {why.Message}" : "")
                    + (seen is null ? "" : $"; seen: {seen()}")
            );
        }
    }
}
