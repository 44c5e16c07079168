using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;

try
{
    var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    await using var app = PodHost.Build(PodOptions.Read(configuration));
    await app.RunAsync();
    return app.Services.GetRequiredService<PodExit>().Code;
}
catch (StartRefusedException e)
{
    await Console.Error.WriteLineAsync($"session-pod: refused to start: {e.Message}");
    return 1;
}
