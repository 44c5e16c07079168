using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using WaOperator.Samples.Tests.World;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>The sample as a process, with the settings that all tests have in common, and what WaOperator and a program do to it.</summary>
internal sealed class TwilioAdapter : IAsyncDisposable
{
    public const string AccountSid = "AC0123456789abcdef0123456789abcdef";
    public const string AuthToken = "the auth token of a test";
    public const string VerifyToken = "the verify token";
    public const string PublicUrl = "https://adapter.example.org:8443/below";

    /// <summary>The session of the doubles, and its number.</summary>
    public const string Session = "acme/sales";
    public const string Number = "4930123456";

    private readonly Dictionary<string, string> _settings;
    private readonly byte[] _key;

    private TwilioAdapter(Dictionary<string, string> settings)
    {
        _settings = settings;
        _key = Convert.FromBase64String(Secret["whsec_".Length..]);
    }

    public string Database => _settings["Adapter__Database"];

    public string Secret => _settings["Adapter__WebhookSecrets__0"];

    /// <summary>The process that runs now.</summary>
    public SampleProcess Process { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="program">The customer's program.</param>
    /// <param name="api">The tenants' API.</param>
    /// <param name="change">Further settings, and others.</param>
    public static async Task<TwilioAdapter> StartAsync(
        string database,
        string program,
        string api,
        Action<Dictionary<string, string>>? change = null
    )
    {
        var settings = Settings(database, program, api);
        change?.Invoke(settings);
        var adapter = new TwilioAdapter(settings);
        await adapter.StartAgainAsync();
        return adapter;
    }

    /// <summary>Settings with which it starts.</summary>
    public static Dictionary<string, string> Settings(
        string database,
        string program,
        string api
    ) =>
        new()
        {
            ["Adapter__Database"] = database,
            ["Adapter__PublicUrl"] = PublicUrl,
            ["Adapter__ApiUrl"] = api,
            ["Adapter__ApiKey"] = "a key",
            ["Adapter__WebhookSecrets__0"] = SamplesWorld.NewSecret(),
            ["Adapter__VerifyToken"] = VerifyToken,
            ["Adapter__AccountSid"] = AccountSid,
            ["Adapter__AuthToken"] = AuthToken,
            ["Adapter__ProgramUrl"] = program,
            [$"Adapter__Numbers__{Number}"] = Session,
        };

    /// <summary>Starts the process, once more after it ended.</summary>
    public async Task StartAgainAsync() =>
        Process = await SampleProcess.StartAsync("TwilioAdapter", _settings);

    /// <summary>Posts as WaOperator does.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="body">The event.</param>
    /// <param name="secret">Signs it; null: the webhook's.</param>
    /// <param name="ago">How long ago it was signed.</param>
    public async Task<HttpStatusCode> PostAsync(
        string id,
        string body,
        string? secret = null,
        TimeSpan ago = default
    )
    {
        var at = (TimeProvider.System.GetUtcNow() - ago).ToUnixTimeSeconds();
        var signature = HMACSHA256.HashData(
            secret is null ? _key : Encoding.UTF8.GetBytes(secret),
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at}.{body}"))
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "webhooks/wa-operator");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", $"{at}");
        request.Headers.Add(
            "webhook-signature",
            $"v1,{Convert.ToBase64String(new byte[32])} v1,{Convert.ToBase64String(signature)}"
        );
        using var answer = await Process.Http.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>Posts a text that a customer wrote.</summary>
    public Task<HttpStatusCode> WriteAsync(string id, string text, string from = "4915112345678")
    {
        var data = new JsonObject
        {
            ["chat"] = $"{from}@s.whatsapp.net",
            ["id"] = $"3A{id}",
            ["content"] = new JsonObject { ["kind"] = "text", ["text"] = text },
        };
        return PostAsync(id, TwilioEvents.Received(data.ToJsonString()));
    }

    /// <summary>Sends a message by the REST API, without Twilio's library.</summary>
    public async Task<(HttpStatusCode Status, JsonNode Answer)> SendAsync(string form)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"/2010-04-01/Accounts/{AccountSid}/Messages.json"
        );
        request.Headers.Authorization = Login(AuthToken);
        request.Content = new StringContent(
            form,
            Encoding.UTF8,
            "application/x-www-form-urlencoded"
        );
        using var answer = await Process.Http.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>How the REST API is logged in to.</summary>
    public static AuthenticationHeaderValue Login(string token) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{AccountSid}:{token}")));

    /// <summary>A number that a query gives.</summary>
    public async Task<long> CountAsync(string query)
    {
        await using var source = NpgsqlDataSource.Create(Database);
        await using var command = source.CreateCommand($"select count(*) from {query}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync() => await Process.DisposeAsync();
}

/// <summary>Events as docs/webhooks.md has them.</summary>
internal static class TwilioEvents
{
    public static string Received(string data) => Of("message.received", data);

    public static string Of(string type, string data) =>
        new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = "evt",
            ["source"] = $"urn:wa:{TwilioAdapter.Session}",
            ["type"] = type,
            ["session"] = TwilioAdapter.Session,
            ["data"] = JsonNode.Parse(data),
        }.ToJsonString();
}
