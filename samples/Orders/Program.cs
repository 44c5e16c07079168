// A shop's bot: takes orders in a chat, tells how far they are, and asks how it was. See README.md.
using Npgsql;
using Orders;

var builder = WebApplication.CreateBuilder(args);
Settings settings;
Texts texts;
try
{
    settings = builder.Configuration.GetSection("Orders").Get<Settings>() ?? new();
    texts = Texts.Load(Path.Combine(AppContext.BaseDirectory, "Texts"));
}
catch (Exception e) when (e is InvalidOperationException or InvalidDataException)
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
services.AddSingleton(texts);
services.AddSingleton(TimeProvider.System);
services.AddSingleton(NpgsqlDataSource.Create(settings.Database));
services.AddSingleton<OrderStore>();
services.AddSingleton<Outbox>();
services.AddSingleton<Bot>();
services.AddSingleton<Webhooks>();
services.AddHttpClient<WaOperatorApi>(http =>
{
    http.BaseAddress = new($"{settings.ApiUrl.TrimEnd('/')}/");
    http.Timeout = TimeSpan.FromSeconds(30);
});
services.AddHostedService<OutboxWorker>();

var app = builder.Build();
try
{
    await Database.CreateTablesAsync(app.Services.GetRequiredService<NpgsqlDataSource>());
}
catch (NpgsqlException e)
{
    Console.Error.WriteLine($"The tables cannot be made in Orders__Database: {e.Message}");
    return 1;
}
app.UseExceptionHandler();
app.UseStatusCodePages();
WebhookEndpoints.Map(app);
OrderEndpoints.Map(app);
await app.RunAsync();
return 0;
