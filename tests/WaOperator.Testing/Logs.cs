using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace WaOperator.Testing;

/// <summary>Keeps what was logged.</summary>
public sealed class Logs : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    /// <summary>Level, message and the message of the exception, such as <c>Error: it failed the port is taken</c>.</summary>
    public IReadOnlyList<string> Lines =>
        [.. _entries.Select(e => $"{e.Level}: {e.Message} {e.Exception?.Message}".TrimEnd())];

    /// <summary>How many messages hold the text.</summary>
    public int Count(string text) =>
        _entries.Count(e => e.Message.Contains(text, StringComparison.Ordinal));

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("everything is kept here");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _entries.Enqueue(new(logLevel, formatter(state, exception), exception));

    /// <summary>All of it, exceptions whole.</summary>
    public override string ToString() =>
        string.Join('\n', _entries.Select(e => $"{e.Level}: {e.Message} {e.Exception}"));

    private sealed record Entry(LogLevel Level, string Message, Exception? Exception);
}
