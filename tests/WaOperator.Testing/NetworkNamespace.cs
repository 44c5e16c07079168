using System.Net;
using System.Security.Cryptography;

namespace WaOperator.Testing;

/// <summary>
/// A network namespace whose only way out is a link to this machine, which is its router and the one that it asks for names, though nothing
/// answers there. Made by ip(8) with CAP_NET_ADMIN, and gone with its object.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly string _name;
    private readonly string _resolver;

    private NetworkNamespace(string name, byte net)
    {
        _name = name;
        _resolver = $"/etc/netns/{name}";
        Here = new([10, 254, net, 1]);
        There = new([10, 254, net, 2]);
    }

    /// <summary>The link's end on this machine.</summary>
    public string Link => _name;

    /// <summary>This machine's address on the link.</summary>
    public IPAddress Here { get; }

    /// <summary>The namespace's address.</summary>
    public IPAddress There { get; }

    /// <summary>Makes one.</summary>
    /// <returns>Null with the reason: this machine or user cannot.</returns>
    public static async Task<(NetworkNamespace? Made, string? WhyNot)> TryMakeAsync()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip"))
            return (null, "there is no ip(8) to make network namespaces with");
        var random = RandomNumberGenerator.GetBytes(3);
        var made = new NetworkNamespace($"wapx{Convert.ToHexStringLower(random)}", random[0]);
        try
        {
            Directory.CreateDirectory(made._resolver);
            await File.WriteAllTextAsync(
                Path.Combine(made._resolver, "resolv.conf"),
                $"nameserver {made.Here}\noptions timeout:1 attempts:1\n"
            );
            await IpAsync("netns", "add", made._name);
            await IpAsync([
                "link",
                "add",
                made._name,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                made._name,
            ]);
            await IpAsync("addr", "add", $"{made.Here}/30", "dev", made._name);
            await IpAsync("link", "set", made._name, "up");
            await IpAsync("-n", made._name, "addr", "add", $"{made.There}/30", "dev", "eth0");
            await IpAsync("-n", made._name, "link", "set", "eth0", "up");
            await IpAsync("-n", made._name, "link", "set", "lo", "up");
            await IpAsync("-n", made._name, "route", "add", "default", "via", $"{made.Here}");
            return (made, null);
        }
        catch (Exception e)
            when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            await made.DisposeAsync();
            return (null, $"no network namespace can be made here: {e.Message}");
        }
    }

    /// <summary>The command that runs a program in it.</summary>
    public (string Program, IReadOnlyList<string> Arguments) Command(
        string program,
        params string[] arguments
    ) => ("ip", ["netns", "exec", _name, program, .. arguments]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The link goes with one of its ends.
        await Shell.RunAsync("ip", ["link", "del", _name]);
        await Shell.RunAsync("ip", ["netns", "del", _name]);
        if (Directory.Exists(_resolver))
            Directory.Delete(_resolver, recursive: true);
        var parent = new DirectoryInfo(_resolver).Parent!;
        if (parent.Exists && !parent.EnumerateFileSystemInfos().Any())
            parent.Delete();
    }

    private static async Task IpAsync(params string[] arguments) =>
        (await Shell.RunAsync("ip", arguments)).Succeeded($"ip {string.Join(' ', arguments)}");
}
