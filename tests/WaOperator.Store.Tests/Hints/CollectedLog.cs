using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using WaOperator.Store.Hints;

namespace WaOperator.Store.Tests.Hints;

/// <summary>Collects what is logged.</summary>
internal sealed class CollectedLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>How often a fault was told.</summary>
    public int Tells(RedisFault fault) =>
        Lines.Count(l => l.Contains(fault.Sentence, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It is the only one.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

    public override string ToString() => string.Join('\n', Lines);

    public void Dispose()
    {
        // Holds nothing.
    }
}
