using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Interop.Clients;
using WaOperator.Store;

namespace WaOperator.Interop.Api;

/// <summary>
/// A session of the tenants' API, over HTTP through the gateway: pairing, calls, and its stream of events. An account has one session,
/// so a side's second device is an <see cref="OwnClient"/>.
/// </summary>
internal sealed class ApiClient : Client
{
    private ApiSession? _session;
    private EventFollower? _follower;

    /// <inheritdoc/>
    public override Release Release => Release.Api;

    private ApiSession Session =>
        _session ?? throw new CellException($"{Name}: its session was not declared");

    /// <inheritdoc/>
    public override async Task PairAsync(string number)
    {
        _session = await (await Server.ApiAsync()).SessionAsync(number);
        _follower = new(_session, Take);
        var qr = "";
        await Expect.EventuallyAsync(
            $"a QR code of {number}",
            async () => (qr = (string?)(await PairingAsync())["qr"] ?? "").Length > 0,
            () => qr
        );
        await Server.PostAsync($"/phones/{number}/scan", new { qr });
        await _session.PhaseAsync("Connected");
        await _follower.StartAsync();
    }

    /// <inheritdoc/>
    public override Task PairByCodeAsync(string number) =>
        throw new CellException($"{Name}: a session of the API is paired by QR in this matrix");

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        await Session.BeAsync(DesiredState.Active, "Connected");
        await _follower!.StartAsync();
    }

    /// <inheritdoc/>
    public override async Task GoAwayAsync()
    {
        await _follower!.StopAsync();
        await Session.BeAsync(DesiredState.Stopped, "Stopped");
    }

    /// <inheritdoc/>
    public override async Task<string> WaitEndAsync(int after = 0)
    {
        const string end = "LoggedOut";
        var seen = "";
        await Expect.EventuallyAsync(
            $"{Name} is {end}",
            async () =>
            {
                var pairing = await PairingAsync();
                seen = pairing.ToJsonString();
                return (string?)pairing["state"] == end;
            },
            () => seen
        );
        return end;
    }

    /// <inheritdoc/>
    public override Task<string> LogoutAsync() =>
        throw new CellException(
            $"{Name}: POST .../logout is a change of the resource, and no Kubernetes runs here"
        );

    /// <inheritdoc/>
    public override async Task<JsonObject> RunAsync(string command, object? arguments = null)
    {
        var asked = JsonSerializer.SerializeToNode(arguments ?? new { })!.AsObject();
        try
        {
            return await new ApiCommands(Session, MediaOf).RunAsync(command, asked);
        }
        catch (Exception e) when (e is CellException or HttpRequestException)
        {
            throw new CellException($"{Name}: {command} failed: {e.Message}");
        }
    }

    /// <inheritdoc/>
    protected override async Task EndAsync()
    {
        if (_follower is not null)
            await _follower.DisposeAsync();
    }

    private Task<JsonObject> PairingAsync() => Session.CallAsync(HttpMethod.Get, "/pairing");

    /// <summary>The id of the file that came with a message.</summary>
    private string MediaOf(string message) =>
        (string?)
            Seen(e => (string?)e["event"] == "message" && (string?)e["id"] == message)
                .Select(e => e["content"]?["media"]?["id"])
                .FirstOrDefault(id => id is not null)
        ?? throw new CellException($"no message {message} with a file has come");

    /// <summary>Keeps an event in the words that the rows know.</summary>
    private void Take(JsonObject said)
    {
        switch ((string?)said["event"])
        {
            case "message" when said["content"] is JsonObject content:
                OwnWords.Flatten(said, content);
                break;
            case "receipt" when said["ids"] is JsonArray ids:
                foreach (var id in ids)
                {
                    var one = said.DeepClone().AsObject();
                    OwnWords.Receipt(one, (string?)id);
                    Add(one);
                }
                return;
            case "typing":
                // The other drivers call both by one name.
                said["event"] = "presence";
                said["presences"] = new JsonObject { ["state"] = said["state"]?.DeepClone() };
                break;
        }
        Add(said);
    }
}
