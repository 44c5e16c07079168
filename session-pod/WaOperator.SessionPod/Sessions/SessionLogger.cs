namespace WaOperator.SessionPod.Sessions;

/// <summary>Names the session in what the wire library logs for it. Two references a session.</summary>
internal sealed class SessionLogger(ILogger inner, string session) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (inner.IsEnabled(logLevel))
            inner.Log(
                logLevel,
                eventId,
                state,
                exception,
                (s, e) => $"session {session}: {formatter(s, e)}"
            );
    }
}
