using System.Text;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp;

namespace WaOperator.Fuzz.Targets;

/// <summary>Addresses of proxies, as tenants write them. Any text is one, which is told such that it is read the same, or none.</summary>
internal sealed class ProxyTarget : Target
{
    private static readonly string[] Sound =
    [
        "http://proxy.example",
        "https://user:pass%3Aword@proxy.example:8443/",
        "socks5://u:p@192.0.2.1:1080",
        "socks5h://[2001:db8::1]:9",
        "http://b%C3%BCcher.example@xn--bcher-kva.example:3128",
    ];

    public override string Name => "proxy";

    public override Input Make(Random random)
    {
        var text = Encoding.ASCII.GetBytes(Sound[random.Next(Sound.Length)]);
        var other = Encoding.ASCII.GetBytes(Sound[random.Next(Sound.Length)]);
        return new(random.Next(4) > 0 ? ByteMutation.Change(random, text, other) : text);
    }

    public override void Parse(Input input)
    {
        if (
            !ProxyAddress.TryParse(
                Encoding.Latin1.GetString(input.Bytes),
                out var proxy,
                out var problem
            )
        )
            throw new RefusedException(problem);
        var again = ProxyAddress.Parse(proxy.ToString());
        if (again.ToString() != proxy.ToString() || again.Port is < 1 or > 65_535)
            throw new InvalidOperationException("told and read again it is another proxy");
    }

    public override bool IsRefusal(Exception exception) => exception is RefusedException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;
}
