using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;

try
{
    var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    await using var app = PodHost.Build(PodOptions.Read(configuration));
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
