// WaOperator for programs that were written for Twilio's WhatsApp API. See README.md.
using Npgsql;
using StackExchange.Redis;
using TwilioAdapter;
using TwilioAdapter.Doubles;
using TwilioAdapter.Endpoints;
using TwilioAdapter.Outgoing;
using TwilioAdapter.WhatsApp;

var builder = WebApplication.CreateBuilder(args);
Settings settings;
try
{
    settings =
        builder
            .Configuration.GetSection("Adapter")
            .Get<Settings>(binding => binding.ErrorOnUnknownConfiguration = true)
        ?? new();
}
catch (InvalidOperationException e)
{
    Console.Error.WriteLine(
        $"The settings cannot be read: {e.Message} {e.InnerException?.Message}"
    );
    return 1;
}
if (settings.Faults().ToList() is { Count: > 0 } faults)
{
    faults.ForEach(Console.Error.WriteLine);
    return 1;
}

var services = builder.Services;
services.AddSingleton(settings);
services.AddSingleton(TimeProvider.System);
services.AddSingleton(NpgsqlDataSource.Create(settings.Database));
var redis = await RedisAsync(settings);
services.AddSingleton(p => new EventLock(
    redis,
    p.GetRequiredService<TimeProvider>(),
    p.GetRequiredService<ILogger<EventLock>>()
));
services.AddSingleton<HandledLookup>().AddSingleton<HandledInsert>().AddSingleton<Once>();
services.AddSingleton<Outbox>().AddSingleton<Messages>().AddSingleton<Sending>();

// Twilio waits for 15 s, and a program's answer is short.
services.AddSingleton(
    new ProgramPosts(
        new(Handler())
        {
            Timeout = TimeSpan.FromSeconds(15),
            MaxResponseContentBufferSize = 256 * 1024,
        },
        settings
    )
);

// WaOperator fetches a file, for up to 30 s, while it is asked to send it.
services.AddSingleton(
    new WaOperatorApi(
        new(Handler())
        {
            BaseAddress = new($"{settings.ApiUrl.TrimEnd('/')}/"),
            DefaultRequestHeaders = { Authorization = new("Bearer", settings.ApiKey) },
            Timeout = TimeSpan.FromSeconds(40),
        }
    )
);
services.AddHostedService<OutboxWorker>().AddHostedService<Housekeeping>();

var app = builder.Build();
try
{
    await Database.CreateTablesAsync(app.Services.GetRequiredService<NpgsqlDataSource>());
}
catch (NpgsqlException e)
{
    Console.Error.WriteLine($"The tables cannot be made in Adapter__Database: {e.Message}");
    return 1;
}
WebhookEndpoints.Map(app);
ForwardEndpoint.Map(app);
MessageEndpoints.Map(app);
MediaEndpoint.Map(app);
await app.RunAsync();
return 0;

static SocketsHttpHandler Handler() =>
    new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    };

// Redis that is away, now or later, is no reason not to work: it is tried again in the background, and no call waits for it.
static async Task<IConnectionMultiplexer?> RedisAsync(Settings settings)
{
    if (settings.Redis.Length == 0)
        return null;
    var options = ConfigurationOptions.Parse(settings.Redis);
    options.AbortOnConnectFail = false;
    options.BacklogPolicy = BacklogPolicy.FailFast;
    (options.ConnectTimeout, options.AsyncTimeout) = (3000, 500);
    return await ConnectionMultiplexer.ConnectAsync(options);
}
