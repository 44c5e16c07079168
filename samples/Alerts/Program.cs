// Turns what WaOperator tells of sessions and limits into notifications for people. See README.md.
using Alerts;
using Npgsql;

var builder = WebApplication.CreateBuilder(args);
Settings settings;
try
{
    settings = builder.Configuration.GetSection("Alerts").Get<Settings>() ?? new();
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine($"The settings cannot be read: {e.Message}");
    return 1;
}
if (settings.Faults().ToList() is { Count: > 0 } faults)
{
    faults.ForEach(Console.Error.WriteLine);
    return 1;
}

// What WaOperator posts is far shorter.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1024 * 1024);
var services = builder.Services;
services.AddProblemDetails();
services.AddSingleton(settings);
services.AddSingleton(TimeProvider.System);
services.AddSingleton(NpgsqlDataSource.Create(settings.Database));
services.AddSingleton<AlertStore>();
services.AddSingleton<NotificationStore>();
services.AddHttpClient<Notifier>(http => http.Timeout = TimeSpan.FromSeconds(15));
services.AddHostedService<AlertWorker>();

var app = builder.Build();
try
{
    await Database.CreateTablesAsync(app.Services.GetRequiredService<NpgsqlDataSource>());
}
catch (NpgsqlException e)
{
    Console.Error.WriteLine($"The tables cannot be made in Alerts__Database: {e.Message}");
    return 1;
}
app.UseExceptionHandler();
app.UseStatusCodePages();
WebhookEndpoint.Map(app);
await app.RunAsync();
return 0;
