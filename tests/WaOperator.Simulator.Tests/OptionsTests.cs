using System.Net;

namespace WaOperator.Simulator.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void The_command_line_wins_over_the_environment()
    {
        var options = Parse(
            ["--listen", "127.0.0.1:1234", "--max-devices=2"],
            ("SIMULATOR_LISTEN", "0.0.0.0:1"),
            ("SIMULATOR_CONTROL", "[::1]:5"),
            ("SIMULATOR_ROOT_KEY_OUT", "/x")
        );
        options.Listen.ShouldBe(new IPEndPoint(IPAddress.Loopback, 1234));
        options.Control.ShouldBe(new IPEndPoint(IPAddress.IPv6Loopback, 5));
        options.RootKeyOut.ShouldBe("/x");
        options.MaxDevices.ShouldBe(2);
    }

    [Theory]
    [InlineData("--listen", "localhost")]
    [InlineData("--listen", "127.0.0.1")]
    [InlineData("--max-devices", "0")]
    [InlineData("--idle-timeout", "soon")]
    [InlineData("--what", "1")]
    [InlineData("--tls-cert", "only.pem")]
    [InlineData("listen", "127.0.0.1:1")]
    public void What_makes_no_sense_is_named(string name, string value) =>
        Should.Throw<FormatException>(() => Parse([name, value])).Message.ShouldContain(name);

    private static SimulatorOptions Parse(
        string[] args,
        params (string Name, string Value)[] environment
    ) =>
        SimulatorOptions.Parse(args, name => environment.FirstOrDefault(e => e.Name == name).Value);
}
