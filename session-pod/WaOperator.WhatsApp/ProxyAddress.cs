using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace WaOperator.WhatsApp;

/// <summary>
/// A proxy that a session goes through, with user and password if it asks for them. Names of hosts are resolved by the proxy, whatever its
/// kind: nothing is looked up here but the proxy's own name.
/// </summary>
public sealed class ProxyAddress : IEquatable<ProxyAddress>
{
    /// <summary>The most characters of an address.</summary>
    public const int MaxLength = 2_048;

    /// <summary>The most bytes (UTF-8) of a user and of a password each: more fits into no SOCKS5 message (RFC 1929).</summary>
    public const int MaxCredential = 255;

    private readonly string? _user;
    private readonly string _password;

    private ProxyAddress(string scheme, string host, int port, string? user, string password)
    {
        (Scheme, Host, Port, _user, _password) = (scheme, host, port, user, password);
        // .NET knows one SOCKS5, and always leaves names to the proxy.
        Server = new UriBuilder(scheme == "socks5h" ? "socks5" : scheme, host, port).Uri;
    }

    /// <summary>
    /// How it is spoken to: "http" (CONNECT), "https" (the same inside of TLS), "socks5" or "socks5h" (both RFC 1928, and the same here).
    /// </summary>
    public string Scheme { get; }

    /// <summary>Its name or IP address; IPv6 without brackets.</summary>
    public string Host { get; }

    /// <summary>Its port. Default 80 for http, 443 for https, 1080 for SOCKS5.</summary>
    public int Port { get; }

    /// <summary>Where it is, without user and password: .NET tells it in messages.</summary>
    internal Uri Server { get; }

    /// <summary>Who we are to it; null: it is not told.</summary>
    internal NetworkCredential? Credentials => _user is null ? null : new(_user, _password);

    /// <summary>Reads an address such as socks5://user:password@host:1080; user and password are percent-decoded.</summary>
    /// <exception cref="FormatException">It is none. The message says what is wrong, and does not repeat the address.</exception>
    public static ProxyAddress Parse(string text) =>
        TryParse(text, out var proxy, out var problem)
            ? proxy
            : throw new FormatException($"The address of the proxy {problem}.");

    /// <summary>Reads an address such as socks5://user:password@host:1080; user and password are percent-decoded.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="proxy">The address.</param>
    /// <param name="problem">What is wrong with it, in a sentence about "it" that does not repeat the text, which may hold a password.</param>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out ProxyAddress? proxy,
        [NotNullWhen(false)] out string? problem
    )
    {
        proxy = null;
        problem = Read(text, out proxy);
        return problem is null;
    }

    /// <inheritdoc/>
    public bool Equals(ProxyAddress? other) =>
        other is not null
        && Port == other.Port
        && Scheme == other.Scheme
        && Host == other.Host
        && _user == other._user
        && _password == other._password;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ProxyAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scheme, Host, Port, _user, _password);

    /// <summary>Scheme, host and port; never user and password.</summary>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal)
            ? $"{Scheme}://[{Host}]:{Port}"
            : $"{Scheme}://{Host}:{Port}";

    private static string? Read(string? text, out ProxyAddress? proxy)
    {
        proxy = null;
        if (text is null or { Length: 0 or > MaxLength })
            return $"must have 1 to {MaxLength} characters";
        if (
            !text.Contains("://", StringComparison.Ordinal)
            || !Uri.TryCreate(text, UriKind.Absolute, out var read)
        )
            return "must look like socks5://user:password@host:1080, with what is special in user and password percent-encoded";
        if (DefaultPort(read.Scheme) is not { } port)
            return "must begin with http://, https://, socks5:// or socks5h://";
        if (read.PathAndQuery is not ("" or "/") || read.Fragment.Length > 0)
            return "must end after the port: a proxy has no path";
        if (read.Port == 0)
            return "must name a port from 1 to 65535";
        if (HostOf(read) is not { } host)
            return "must name a host that can be, or an IP address without a zone";
        string? user = null;
        var password = "";
        if (read.UserInfo.Length > 0)
        {
            var parts = read.UserInfo.Split(':', 2);
            user = Uri.UnescapeDataString(parts[0]);
            password = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (!IsCredential(user) || user.Length == 0 || !IsCredential(password))
                return $"must have a user of 1 to {MaxCredential} bytes and a password of no more, both without control characters";
            if (user.Contains(':', StringComparison.Ordinal) && read.Scheme[0] == 'h')
                return "must have a user without a colon: HTTP takes what follows it for the password";
        }
        proxy = new(read.Scheme, host, read.Port > 0 ? read.Port : port, user, password);
        return null;
    }

    private static string? HostOf(Uri read)
    {
        try
        {
            var host = read.IdnHost.Trim('[', ']').ToLowerInvariant();
            return
                Uri.CheckHostName(host) is not (UriHostNameType.Unknown or UriHostNameType.Basic)
                && !host.Contains('%', StringComparison.Ordinal)
                ? host
                : null;
        }
        catch (UriFormatException)
        {
            // Found out only when it is written for the network.
            return null;
        }
    }

    private static int? DefaultPort(string scheme) =>
        scheme switch
        {
            "http" => 80,
            "https" => 443,
            "socks5" or "socks5h" => 1080,
            _ => null,
        };

    private static bool IsCredential(string text) =>
        Encoding.UTF8.GetByteCount(text) <= MaxCredential && !text.Any(char.IsControl);
}
