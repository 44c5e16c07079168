using WaOperator.Samples.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>A program that knows Twilio alone, and a customer with a phone: all between them is real but WhatsApp's server.</summary>
public sealed class TwilioWorld : IAsyncLifetime
{
    internal const string Phone = "491511000021";
    internal const string Person = "491521000021";
    internal const string CloudSecret = "a text that signs, for format CloudApi";

    internal RedisServer Redis { get; } = new();

    internal SamplesWorld World { get; private set; } = null!;

    internal WorldSession Session { get; private set; } = null!;

    internal HttpDouble Program { get; private set; } = null!;

    internal TwilioAdapter Adapter { get; private set; } = null!;

    internal Customer Customer { get; private set; } = null!;

    /// <summary>Where WaOperator posts to.</summary>
    internal Uri Hook => new(World.Ingress.Address, "webhooks/wa-operator");

    public async Task InitializeAsync()
    {
        World = await SamplesWorld.StartAsync();
        await Redis.StartAsync();
        Program = await HttpDouble.StartAsync();
        Session = await World.SessionAsync(Phone);
        var secret = SamplesWorld.NewSecret();
        Adapter = await TwilioAdapter.StartAsync(
            await World.NewDatabaseAsync(),
            $"{Program.Url}/sms",
            World.GatewayUrl.ToString(),
            settings =>
            {
                settings["Adapter__Redis"] = Redis.Configuration;
                settings["Adapter__ApiKey"] = World.ApiKey;
                settings["Adapter__WebhookSecrets__0"] = secret;
                settings["Adapter__WebhookSecrets__1"] = CloudSecret;
                settings["Adapter__StatusCallback"] = $"{Program.Url}/status";
                settings.Remove($"Adapter__Numbers__{TwilioAdapter.Number}");
                settings[$"Adapter__Numbers__{Phone}"] = Session.Name;
            }
        );
        World.Ingress.Target = Adapter.Process.Address;
        await World.WebhookAsync(Hook, secret, ["message.*"]);
        Customer = await World.CustomerAsync(Person);
    }

    public async Task DisposeAsync()
    {
        await Customer.DisposeAsync();
        await Adapter.DisposeAsync();
        await Program.DisposeAsync();
        await Redis.DisposeAsync();
        await World.DisposeAsync();
    }
}
