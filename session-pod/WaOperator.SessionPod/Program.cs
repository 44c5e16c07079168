using WaOperator.Api;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Import;
using WaOperator.SessionPod.Options;

try
{
    var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    if (args is [ImportArguments.Verb, .. var rest])
        return await ImportCommand.RunAsync(rest, configuration, Console.Out, Console.Error);
    var options = PodOptions.Read(configuration);
    await using var app = PodHost.Build(options);
    foreach (var port in options.ListenPorts)
        if (port.Fault() is { } fault)
            throw new StartRefusedException(fault);
    // Asked for now: after the run its container is gone.
    var exit = app.Services.GetRequiredService<PodExit>();
    await app.RunAsync();
    return exit.Code;
}
catch (StartRefusedException e)
{
    await Console.Error.WriteLineAsync($"session-pod: refused to start: {e.Message}");
    return 1;
}
