using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>A session of the tenant, as its programs see it over the API.</summary>
internal sealed class WorldSession(SamplesWorld world, SessionRow row)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private SessionRow _row = row;

    /// <summary>Its phone's number.</summary>
    public string Phone => _row.Phone;

    /// <summary>As events name it: NAMESPACE/NAME.</summary>
    public string Name => $"{_row.Namespace}/{_row.Name}";

    /// <summary>Where it is in the API.</summary>
    public string Path => $"/v1/sessions/{Name}";

    /// <summary>Scans a code of it with its phone, and waits until it is connected; again for one that was logged out.</summary>
    public async Task PairAsync()
    {
        var seen = "";
        var code = await Eventually.Get(
            $"a code of {Name}",
            async () =>
            {
                var pairing = await GetAsync("/pairing");
                seen = pairing.ToJsonString();
                return (string?)pairing["qr"];
            },
            Limit
        );
        await world.Phones.ScanAsync(Phone, code);
        await PhaseAsync("Connected");
    }

    /// <summary>Asks for a new round of codes, as the resource's annotation does.</summary>
    public Task AskForCodesAsync(string round) => WantAsync(_row with { PairRequest = round });

    /// <summary>Declares that it is to run, or not.</summary>
    public Task WantAsync(DesiredState desired) => WantAsync(_row with { Desired = desired });

    /// <summary>Waits for what it says of itself, such as <c>LoggedOut</c>.</summary>
    public async Task PhaseAsync(string phase)
    {
        var seen = "";
        try
        {
            await Eventually.True(
                $"{Name} is {phase}",
                async () =>
                {
                    var session = await GetAsync("");
                    seen = session.ToJsonString();
                    return (string?)session["phase"] == phase;
                },
                Limit
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it says: {seen}", e);
        }
    }

    /// <summary>Reads below it.</summary>
    public async Task<JsonNode> GetAsync(string path) =>
        (await world.Api.GetFromJsonAsync<JsonNode>(Path + path))!;

    private Task WantAsync(SessionRow changed) => world.WantAsync(_row = changed);
}
