using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using WaOperator.Signals;
using WaOperator.Store.Connecting;

namespace WaOperator.Api;

/// <summary>Reads settings and notes what is wrong with them.</summary>
internal class SettingReader(IConfiguration configuration)
{
    /// <summary>What is wrong: each begins with the name of its setting.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>The key in the configuration of a variable of the environment.</summary>
    public static string KeyOf(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    /// <summary>A text; null where it is not set or empty.</summary>
    /// <param name="name">As in the environment, where two underscores stand for the colon of a key.</param>
    public string? Optional(string name) =>
        configuration[KeyOf(name)] is { Length: > 0 } value ? value : null;

    /// <summary>A text that must be there.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="what">What it must be, for people.</param>
    public string Required(string name, string what) =>
        Optional(name) ?? Wrong(name, $"is not set; it must be {what}", "");

    /// <summary>How PostgreSQL is reached.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="role">Which role it must name, for people; empty for any.</param>
    public string Database(string name, string role = "")
    {
        var text = Required(name, $"a PostgreSQL URI or connection string{role}");
        return text.Length > 0 && PostgresDsn.Fault(text) is { } fault
            ? Wrong(name, fault, "")
            : text;
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

    /// <summary>Networks, separated by commas; none where it is not set.</summary>
    public List<IPNetwork> Networks(string name)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in List(name))
            if (Network(text) is { } network)
                networks.Add(network);
            else
                Wrong(
                    name,
                    $"has {text}; it must be networks such as 10.0.0.0/8, separated by commas",
                    ""
                );
        return networks;
    }

    /// <summary>Origins of web pages, separated by commas; none where it is not set.</summary>
    public List<string> Origins(string name)
    {
        var origins = new List<string>();
        foreach (var text in List(name))
            if (IsOrigin(text))
                origins.Add(text);
            else
                Wrong(
                    name,
                    $"has {text}; it must be origins as browsers send them, such as https://app.example.org, separated by commas",
                    ""
                );
        return origins;
    }

    // Compared as text: it must be written as browsers write it.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", UserInfo.Length: 0 }
        && text == $"{url.Scheme}://{url.IdnHost}{(url.IsDefaultPort ? "" : $":{url.Port}")}";

    /// <summary>What stands behind the prefix does not count: 10.20.3.4/16 is 10.20.0.0/16.</summary>
    internal static IPNetwork? Network(string text)
    {
        if (
            text.Split('/') is not [var host, var bits]
            || !IPAddress.TryParse(host, out var address)
            || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
        )
            return null;
        var bytes = address.GetAddressBytes();
        if (prefix > bytes.Length * 8)
            return null;
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(prefix - (i * 8), 0, 8));
        return new IPNetwork(new IPAddress(bytes), prefix);
    }

    /// <summary>Ports, separated by commas.</summary>
    public IReadOnlyList<int> Ports(string name, IReadOnlyList<int> standard)
    {
        var ports = new List<int>();
        foreach (var text in List(name))
            if (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port is > 0 and <= 65_535
            )
                ports.Add(port);
            else
                Wrong(
                    name,
                    $"has {text}; it must be ports from 1 to 65535, separated by commas",
                    ""
                );
        return ports.Count == 0 ? standard : ports;
    }

    /// <summary>A time in milliseconds.</summary>
    public TimeSpan Milliseconds(string name, int standard, int least, int most) =>
        TimeSpan.FromMilliseconds(Number(name, standard, least, most));

    /// <summary>Notes that a setting is wrong.</summary>
    public T Wrong<T>(string name, string what, T instead)
    {
        Errors.Add($"{name} {what}");
        return instead;
    }

    private string[] List(string name) =>
        (Optional(name) ?? "").Split(
            ',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
}
