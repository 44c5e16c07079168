using System.Text;
using WaOperator.Operator.Placement;
using WaOperator.WhatsApp;

namespace WaOperator.Operator.Proxies;

/// <summary>The proxies that a Secret declares: one, or several of which each session takes one and stays with it. Pure.</summary>
public sealed class ProxyList
{
    /// <summary>Bytes of the value at most.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Proxies at most.</summary>
    public const int MaxProxies = 1000;

    private readonly IReadOnlyList<(string Text, ulong Hash)> _proxies;

    private ProxyList(IReadOnlyList<(string, ulong)> proxies) => _proxies = proxies;

    /// <summary>How many there are.</summary>
    public int Count => _proxies.Count;

    /// <summary>Reads a value: an address in each line; empty lines and those that begin with # count for nothing.</summary>
    /// <param name="value">The value.</param>
    /// <param name="wrong">What is wrong with it, in a sentence about "it" that holds nothing of it; null: nothing.</param>
    /// <returns>Null if something is wrong.</returns>
    public static ProxyList? Read(ReadOnlySpan<byte> value, out string? wrong)
    {
        if (value.Length > MaxBytes)
        {
            wrong = $"has {value.Length} bytes; {MaxBytes} are possible";
            return null;
        }
        var (proxies, number) = (new List<(string, ulong)>(), 0);
        var twins = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(value).EnumerateLines())
        {
            number++;
            var text = line.Trim();
            if (text.IsEmpty || text[0] == '#')
                continue;
            if (!ProxyAddress.TryParse(text.ToString(), out var proxy, out var problem))
            {
                wrong = $"has no usable address in line {number}: it {problem}";
                return null;
            }
            if (proxies.Count == MaxProxies)
            {
                wrong = $"has more than {MaxProxies} addresses";
                return null;
            }
            // Another password is no other proxy: nothing moves for it. Some providers have one host for all, and users for what is
            // behind; of lines that differ in the password alone the place among them tells.
            var name = $"{proxy} {proxy.Credentials?.UserName}";
            var twin = twins[name] = twins.GetValueOrDefault(name) + 1;
            proxies.Add((text.ToString(), StableHash.Of(twin == 1 ? name : $"{name} {twin}")));
        }
        wrong = proxies.Count == 0 ? "has no address" : null;
        return wrong is null ? new(proxies) : null;
    }

    /// <summary>The proxy of a session. One that is taken off the list or added to it moves only the sessions that it has or gets.</summary>
    /// <param name="account">The account's number: a resource that is made again gets the same proxy.</param>
    public string For(string account)
    {
        var session = StableHash.Of(account);
        return _proxies.MaxBy(p => Rendezvous.Draw(session, p.Hash)).Text;
    }
}
