using k8s.Exceptions;
using Prometheus;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Health;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Operator.Hosting;
using WaOperator.Operator.Options;
using WaOperator.Shared;
using WaOperator.Store.Connecting;
using WaOperator.Store.Operator;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddConsoleLogs();

// A line per probe would bury what matters.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
if (!OperatorOptions.TryRead(builder.Configuration, out var options, out var unreadable))
{
    await Console.Error.WriteLineAsync($"cannot start: {unreadable}");
    return 1;
}

var releases = args is [FinalizerRelease.Verb];
if (!releases && options.Validate() is { Count: > 0 } wrong)
{
    await Console.Error.WriteLineAsync($"cannot start: {string.Join("; ", wrong)}");
    return 1;
}
KubernetesClient kubernetes;
try
{
    kubernetes = new(KubeConfig.Default());
}
catch (KubeConfigException e)
{
    await Console.Error.WriteLineAsync($"cannot start: {e.Message}");
    return 1;
}
using var client = kubernetes;
if (releases)
{
    var released = await FinalizerRelease.RunAsync(
        client,
        [.. options.Namespaces],
        CancellationToken.None
    );
    Console.WriteLine($"finalizers taken off {released} objects");
    return 0;
}

if (new ListenPort("WA__Port", options.Port).Fault() is { } taken)
{
    await Console.Error.WriteLineAsync($"cannot start: {taken}");
    return 1;
}
builder.WebHost.ConfigureKestrel(k => k.ListenAnyIP(options.Port));
await using var app = builder.Build();
var loggers = app.Services.GetRequiredService<ILoggerFactory>();
var host = new OperatorHost(client, options, loggers, TimeProvider.System)
{
    // Whatever still runs must not write another status.
    LeadershipLost = () => Environment.Exit(1),
};

// That it answers is all: nothing that is away is mended by a restart.
app.MapGet("/livez", () => Results.Text("livez check passed\n"));
app.MapGet("/readyz", async (CancellationToken ct) => Answer(await host.ReadyAsync(ct)));
app.MapMetrics(s =>
{
    s.Registry = KubernetesMetrics.Registry;
    // OpenMetrics writes the bounds of buckets otherwise (1.0, not 1): they would be other series.
    s.EnableOpenMetrics = false;
});
await app.StartAsync();
try
{
    await host.RunAsync(app.Lifetime.ApplicationStopping);
    return 0;
}
catch (ConnectionSettingException e)
{
    await Console.Error.WriteLineAsync(
        $"cannot start: {OperatorOptions.DatabaseOptions.Name} {e.Message}"
    );
    return 1;
}
catch (Exception e)
    when (e is LeadershipLostException or StaleTermException or ForeignInstallationException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
finally
{
    await app.StopAsync();
}

static IResult Answer(HealthReport report) =>
    Results.Text(report.Text, statusCode: report.Healthy ? 200 : 503);
