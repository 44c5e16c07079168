using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace WaOperator.SessionPod.Settings;

/// <summary>The least level that is logged, changed while the process runs.</summary>
internal sealed class LiveLogLevel
    : IConfigureOptions<LoggerFilterOptions>,
        IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private LogLevel _level = LogLevel.Information;
    private ConfigurationReloadToken _changed = new();

    /// <inheritdoc/>
    public string Name => Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>Sets the level.</summary>
    /// <exception cref="ArgumentException">No level has this name.</exception>
    public void Set(string name)
    {
        if (!Enum.TryParse<LogLevel>(name, ignoreCase: true, out var next) || !Enum.IsDefined(next))
            throw new ArgumentException(
                $"the log level is {name}; it must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}",
                nameof(name)
            );
        if (next == _level)
            return;
        _level = next;
        Interlocked.Exchange(ref _changed, new()).OnReload();
    }

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options)
    {
        options.MinLevel = _level;
        // The web server logs each request many times over: scrapes and probes would drown the rest.
        if (_level != LogLevel.Trace)
            options.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => _changed;
}
