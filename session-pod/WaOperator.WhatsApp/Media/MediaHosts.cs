using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Media;

/// <summary>Where files are stored now, and the right to store some.</summary>
/// <param name="Auth">A token for uploads.</param>
/// <param name="Hosts">Authorities (perhaps with a port), the best first.</param>
/// <param name="Ttl">How long this holds.</param>
internal sealed record MediaHosts(string Auth, IReadOnlyList<string> Hosts, TimeSpan Ttl)
{
    private const int MaxHosts = 16;
    private const int DefaultTtl = 300;
    private const int MaxTtl = 86_400;

    public static BinaryNode Query() => Stanzas.Iq("set", "w:m", new BinaryNode("media_conn"));

    /// <exception cref="MediaException">The answer names no usable host.</exception>
    public static MediaHosts Read(BinaryNode answer)
    {
        var node = answer.Child("media_conn");
        string[] hosts =
        [
            .. (node?.ChildrenWith("host") ?? [])
                .Select(host => host["hostname"])
                .OfType<string>()
                .Where(IsAuthority)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Take(MaxHosts),
        ];
        if (node?["auth"] is not { Length: > 0 } auth || hosts.Length == 0)
            throw new MediaException("The server names no host for files.");
        var ttl = int.TryParse(
            node["ttl"],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        )
            ? Math.Clamp(seconds, 1, MaxTtl)
            : DefaultTtl;
        return new(auth, hosts, TimeSpan.FromSeconds(ttl));
    }

    private static bool IsAuthority(string host) =>
        Uri.TryCreate($"https://{host}", UriKind.Absolute, out var uri)
        && uri.PathAndQuery == "/"
        && uri.UserInfo.Length == 0
        && uri.Fragment.Length == 0;
}
