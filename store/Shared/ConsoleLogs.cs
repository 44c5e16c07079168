using Microsoft.Extensions.Logging.Console;

namespace WaOperator.Shared;

/// <summary>How both programs log: compiled into each, so that their lines have one form.</summary>
internal static class ConsoleLogs
{
    private const string Format = "Logging:Console:FormatterName";

    /// <summary>
    /// Logs to the standard output, one JSON object a line, with the time in UTC. <c>Logging__LogLevel__*</c> sets levels;
    /// <c>Logging__Console__FormatterName</c> another form (<c>simple</c>, <c>systemd</c>), for reading by eye.
    /// </summary>
    public static void AddConsoleLogs(this IHostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        if (builder.Configuration[Format] is { Length: > 0 } format)
            builder.Services.Configure<ConsoleLoggerOptions>(console =>
                console.FormatterName = format
            );
    }
}
