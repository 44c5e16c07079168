using System.Globalization;
using System.Security.Cryptography;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>The session pod, as a process of its own that has the only shard.</summary>
internal sealed class SessionPod : IAsyncDisposable
{
    /// <summary>Its name and its UID.</summary>
    public const string Name = "wa-samples-0";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Child _process;

    private SessionPod(Child process, string api) => (_process, Api) = (process, api);

    /// <summary>HOST:PORT of its API.</summary>
    public string Api { get; }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="pool">UID of its pool.</param>
    /// <param name="folder">For its files.</param>
    /// <param name="phones">WhatsApp.</param>
    /// <param name="settings">More of its settings.</param>
    public static async Task<SessionPod> StartAsync(
        string pool,
        string folder,
        Phones phones,
        IReadOnlyDictionary<string, string> settings
    )
    {
        var masterKey = Path.Combine(folder, "master.key");
        await File.WriteAllTextAsync(
            masterKey,
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
        );
        var (health, api) = (PostgresServer.FreePort(), PostgresServer.FreePort());
        var process = Child.Start(
            "session-pod/WaOperator.SessionPod",
            new Dictionary<string, string>(settings)
            {
                ["ASPNETCORE_HTTP_PORTS"] = "",
                ["DOTNET_gcServer"] = "0",
                ["WA__MasterKey__File"] = masterKey,
                ["WA__WhatsApp__Url"] = phones.Url.ToString(),
                ["WA__WhatsApp__CaFile"] = phones.AuthorityFile,
                ["WA__WhatsApp__RootKey"] = phones.RootKey,
                ["WA__Pod__Name"] = Name,
                ["WA__Pod__Uid"] = Name,
                ["WA__Pod__PoolUid"] = pool,
                ["WA__Pod__Listen"] = "127.0.0.1",
                ["WA__Pod__Port"] = health.ToString(CultureInfo.InvariantCulture),
                ["WA__Api__Port"] = api.ToString(CultureInfo.InvariantCulture),
                ["WA__Pod__PollMs"] = "200",
            }
        );
        var pod = new SessionPod(process, $"127.0.0.1:{api}");
        try
        {
            await pod.ReadyAsync(health);
            return pod;
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _process.DisposeAsync();

    private async Task ReadyAsync(int health)
    {
        using var http = new HttpClient();
        try
        {
            await Eventually.True(
                "the pod is ready",
                async () =>
                    _process.HasExited
                    || (
                        await http.GetAsync(new Uri($"http://127.0.0.1:{health}/readyz"))
                    ).IsSuccessStatusCode,
                Limit
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it printed:\n{_process.Tail}", e);
        }
        if (_process.HasExited)
            throw new InvalidOperationException($"the pod ended:\n{_process.Tail}");
    }
}
