using System.Net;
using System.Net.Sockets;

namespace WaOperator.Api.Egress;

/// <summary>
/// Where a program may connect to on behalf of a tenant, who chooses the address: to hosts of the public Internet and nothing else. Pure.
/// </summary>
/// <param name="Allowed">Networks that may be connected to although they are not public. The platform's to say, never a tenant's.</param>
/// <param name="Denied">Networks that may not, although they look public, such as those of the cluster. They count before all else.</param>
/// <param name="Ports">Ports; https only.</param>
internal sealed record EgressRules(
    IReadOnlyList<IPNetwork> Allowed,
    IReadOnlyList<IPNetwork> Denied,
    IReadOnlyList<int> Ports
)
{
    private const int MaxUrl = 2_048;

    // Special-purpose addresses as IANA registers them, but for those that are reachable like any other.
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // behind carriers' NAT; a cloud's metadata
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // a cloud's platform, with the look of a public address
        IPNetwork.Parse("169.254.0.0/16"), // link-local, clouds' metadata
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments; a cloud's metadata
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, broadcast
        IPNetwork.Parse("2001::/23"), // protocol assignments, Teredo
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4: an IPv4 address within
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    // All of IPv6 that is public. Not within it: mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), link-local, private, multicast.
    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3");

    /// <summary>https on 443, to the public Internet.</summary>
    public static EgressRules Public { get; } = new([], [], [443]);

    /// <summary>Whether an address may be connected to.</summary>
    public bool Allow(IPAddress address)
    {
        // A mapped address is not how a host is named; networks would take it for the IPv4 address within.
        if (address.IsIPv4MappedToIPv6 || IsIn(Denied, address))
            return false;
        if (IsIn(Allowed, address))
            return true;
        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !IsIn(NotPublic, address),
            AddressFamily.InterNetworkV6 => PublicIPv6.Contains(address)
                && !IsIn(NotPublic, address),
            _ => false,
        };
    }

    /// <summary>Reads a URL that a tenant gives.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="url">What may be asked for, without a fragment.</param>
    /// <returns>What is wrong with it, in a sentence about "it"; null: nothing.</returns>
    public string? Read(string? text, out Uri url)
    {
        url = null!;
        if (text is null or { Length: 0 or > MaxUrl })
            return $"must have 1 to {MaxUrl} characters";
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var read)
            || read.Scheme != Uri.UriSchemeHttps
        )
            return "must be an absolute https:// address";
        if (read.UserInfo.Length > 0)
            return "must not hold a name or a password";
        if (!Ports.Contains(read.Port))
            return $"may name port {string.Join(", ", Ports)} only";
        try
        {
            if (IPAddress.TryParse(read.IdnHost, out var literal) && !Allow(literal))
                return "names an address that is not a public one";
            url = new UriBuilder(read) { Fragment = "" }.Uri;
            return null;
        }
        catch (UriFormatException)
        {
            // Found out only when it is written for the network.
            return "names a host that cannot be";
        }
    }

    private static bool IsIn(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        foreach (var network in networks)
            if (network.Contains(address))
                return true;
        return false;
    }
}
