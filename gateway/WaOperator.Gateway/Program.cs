using WaOperator.Api;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;

try
{
    var options = GatewayOptions.Read(new ConfigurationBuilder().AddEnvironmentVariables().Build());
    await using var app = GatewayHost.Build(options);
    foreach (var port in options.ListenPorts)
        if (port.Fault() is { } fault)
            throw new StartRefusedException(fault);
    await app.RunAsync();
    return 0;
}
catch (StartRefusedException e)
{
    await Console.Error.WriteLineAsync($"gateway: refused to start: {e.Message}");
    return 1;
}
