using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Samples.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Orders;

/// <summary>A shop with a session, its two webhooks, and the sample behind them.</summary>
public sealed class OrdersWorld : IAsyncLifetime
{
    public const string Phone = "491511100001";
    public const string PromotionCode = "AGAIN10";
    public const string SupportContact = "help@acme.example";
    private const string RestKey = "staff-0123456789abcdef";
    private const string OtherRestKey = "other-0123456789abcdef";

    private readonly string _secret = SamplesWorld.NewSecret();
    private string _database = "";

    internal SamplesWorld World { get; private set; } = null!;

    /// <summary>What stands between the sample and the gateway.</summary>
    internal Ingress Way { get; private set; } = null!;

    internal SampleProcess Sample { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        World = await SamplesWorld.StartAsync();
        Way = await Ingress.StartAsync(pki: null);
        Way.Target = World.GatewayUrl;
        await World.SessionAsync(Phone);
        await StartAsync("en", await World.NewDatabaseAsync());
        await World.WebhookAsync(
            new(World.Ingress.Address, "/shops/acme/messages"),
            _secret,
            // More than it needs, as people do: votes as well, which this webhook tells without the ids of their options.
            ["message.*"]
        );
        // The ids of options are told in this format alone; its key is the text of the secret.
        await World.WebhookAsync(
            new(World.Ingress.Address, "/shops/acme/votes"),
            _secret,
            ["message.vote"],
            settings => settings with { Format = WebhookFormat.CloudApi }
        );
    }

    public async Task DisposeAsync()
    {
        if (Sample is not null)
            await Sample.DisposeAsync();
        if (Way is not null)
            await Way.DisposeAsync();
        if (World is not null)
            await World.DisposeAsync();
    }

    /// <summary>Kills the sample, as a crash does.</summary>
    internal async Task CrashAsync()
    {
        World.Ingress.Target = null;
        await Sample.KillAsync();
    }

    /// <summary>Starts the sample after a crash, on what it had stored; or in another language.</summary>
    internal async Task AgainAsync(string language = "en")
    {
        await CrashAsync();
        await Sample.DisposeAsync();
        await StartAsync(language, _database);
    }

    /// <summary>The orders of a customer, by the REST.</summary>
    internal async Task<IReadOnlyList<JsonNode>> OrdersOfAsync(Customer customer)
    {
        var page = await Sample.Http.GetFromJsonAsync<JsonNode>("/orders?limit=100");
        return
        [
            .. page!["orders"]!
                .AsArray()
                .Where(o =>
                    ((string)o!["customer"]!).StartsWith(customer.Number, StringComparison.Ordinal)
                )
                .Select(o => o!),
        ];
    }

    /// <summary>Waits until a customer's only order is in a state.</summary>
    internal Task<JsonNode> OrderAsync(Customer customer, string state) =>
        Eventually.Get(
            $"the order of {customer.Number} is {state}",
            async () =>
                (await OrdersOfAsync(customer)).SingleOrDefault(o => (string)o["state"]! == state)
        );

    /// <summary>Asks for a state by the REST.</summary>
    internal Task<HttpResponseMessage> PatchAsync(JsonNode order, string state) =>
        Sample.Http.PatchAsJsonAsync($"/orders/{order["id"]}", new { state });

    /// <summary>Calls the REST with the key of another shop.</summary>
    internal void ActAsOther() => Act(OtherRestKey);

    /// <summary>Calls the REST with a key.</summary>
    internal void Act(string key = RestKey) =>
        Sample.Http.DefaultRequestHeaders.Authorization = new("Bearer", key);

    private async Task StartAsync(string language, string database)
    {
        _database = database;
        Sample = await SampleProcess.StartAsync(
            "Orders",
            new Dictionary<string, string>
            {
                ["Orders__Database"] = database,
                ["Orders__ApiUrl"] = Way.Address.ToString(),
                ["Orders__Shops__acme__ApiKey"] = World.ApiKey,
                ["Orders__Shops__acme__WebhookSecrets__0"] = _secret,
                ["Orders__Shops__acme__RestKey"] = RestKey,
                ["Orders__Shops__acme__Language"] = language,
                ["Orders__Shops__acme__PromotionCode"] = PromotionCode,
                ["Orders__Shops__acme__SupportContact"] = SupportContact,
                ["Orders__Shops__bakery__ApiKey"] = "none",
                ["Orders__Shops__bakery__WebhookSecrets__0"] = SamplesWorld.NewSecret(),
                ["Orders__Shops__bakery__RestKey"] = OtherRestKey,
                ["Orders__Shops__bakery__PromotionCode"] = "BREAD",
                ["Orders__Shops__bakery__SupportContact"] = "help@bakery.example",
            }
        );
        Act();
        World.Ingress.Target = Sample.Address;
    }
}
