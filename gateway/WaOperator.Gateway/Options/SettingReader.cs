using System.Globalization;
using System.Net;
using WaOperator.Signals;
using WaOperator.Store.Connecting;

namespace WaOperator.Gateway.Options;

/// <summary>Reads settings and notes what is wrong with them.</summary>
internal sealed class SettingReader(IConfiguration configuration)
{
    /// <summary>What is wrong: each begins with the name of its setting.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>A text; null where it is not set or empty.</summary>
    /// <param name="name">As in the environment, where two underscores stand for the colon of a key.</param>
    public string? Optional(string name) =>
        configuration[name.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } value
            ? value
            : null;

    /// <summary>How PostgreSQL is reached.</summary>
    public string Database(string name)
    {
        if (Optional(name) is not { } text)
            return Wrong(
                name,
                "is not set; it must be a PostgreSQL URI or connection string of the role wa_gateway",
                ""
            );
        return PostgresDsn.Fault(text) is { } fault ? Wrong(name, fault, "") : text;
    }

    /// <summary>How Redis is reached; null for none.</summary>
    public string? Redis(string name, string caName) =>
        Optional(name) is { } text && RedisDsn.Fault(text, Optional(caName)) is { } fault
            ? Wrong(name, fault, text)
            : Optional(name);

    /// <summary>An address of this machine; null for all.</summary>
    public IPAddress? Address(string name)
    {
        if (Optional(name) is not { } text)
            return null;
        return IPAddress.TryParse(text, out var address)
            ? address
            : Wrong(
                name,
                $"is {text}; it must be an IP address of this machine, or empty for all",
                IPAddress.Loopback
            );
    }

    /// <summary>A whole number in a range.</summary>
    public int Number(string name, int standard, int least, int most)
    {
        if (Optional(name) is not { } text)
            return standard;
        return
            int.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var value
            )
            && value >= least
            && value <= most
            ? value
            : Wrong(name, $"is {text}; it must be a number from {least} to {most}", standard);
    }

    /// <summary>Whether something is on.</summary>
    public bool Switch(string name, bool standard) =>
        Optional(name) switch
        {
            null => standard,
            "true" => true,
            "false" => false,
            var text => Wrong(name, $"is {text}; it must be true or false", standard),
        };

    /// <summary>Notes that a setting is wrong.</summary>
    public T Wrong<T>(string name, string what, T instead)
    {
        Errors.Add($"{name} {what}");
        return instead;
    }
}
