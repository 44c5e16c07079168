using WaOperator.Testing;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Calls of phones, as our own client hears and rejects them.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Theory]
    [InlineData("lid")]
    [InlineData("pn")]
    public async Task A_call_is_told_acknowledged_and_rejected(string namedBy)
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        var call = await RingAsync(namedBy, video: true);
        var offered = await anna.ToldAsync<CallOffered>();
        (offered.Id, offered.Video, offered.Offline).ShouldBe((call, true, false));
        (namedBy == "lid" ? offered.FromOther : offered.From).ShouldBe(
            WhatsApp.Jid.Parse($"{Bert}@s.whatsapp.net")
        );
        (namedBy == "lid" ? offered.From : offered.FromOther!.Value).IsLid.ShouldBeTrue();
        offered.Timestamp.ShouldBeGreaterThan(0);
        await AcknowledgedAsync(call);

        (await anna.Client.RejectCallAsync("none", default)).ShouldBeFalse();
        (await anna.Client.RejectCallAsync(call, default)).ShouldBeTrue();
        await StateAsync(call, "rejected");
        ((string?)(await _simulation.GetAsync($"/calls/{call}"))["rejectedBy"]).ShouldBe(
            anna.Device.ToString()
        );
        var ended = await anna.ToldAsync<CallEnded>();
        (ended.Id, ended.From, ended.Reason).ShouldBe((call, offered.From, CallEnded.Rejected));
        (await anna.Client.RejectCallAsync(call, default)).ShouldBeFalse();
        (await _simulation.EventsAsync("refusedCall")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("cancel", null)]
    [InlineData("timeout", "timeout")]
    public async Task A_call_that_is_taken_back_ends(string how, string? reason)
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        var call = await RingAsync();
        await anna.ToldAsync<CallOffered>();
        await _simulation.PostedAsync($"/calls/{call}/{how}", new { });
        var ended = await anna.ToldAsync<CallEnded>();
        (ended.Id, ended.Reason).ShouldBe((call, reason));
        (await anna.Client.RejectCallAsync(call, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_call_that_is_offered_again_is_told_once()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        var call = await RingAsync();
        await _simulation.PostedAsync($"/calls/{call}/repeat", new { });
        await _simulation.PostedAsync($"/calls/{call}/repeat", new { });
        await AcknowledgedAllAsync();

        // Not even to another connection, which remembers nothing; there it can be rejected again.
        await anna.CutAsync();
        await _simulation.PostedAsync($"/calls/{call}/repeat", new { });
        await anna.ConnectAsync();
        await AcknowledgedAllAsync();
        anna.Store.Events.OfType<CallOffered>().Count().ShouldBe(1);
        (await anna.Client.RejectCallAsync(call, default)).ShouldBeTrue();
        await StateAsync(call, "rejected");
    }

    [Fact]
    public async Task A_call_of_while_the_device_was_away_says_so()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await anna.CutAsync();
        var call = await RingAsync();
        await _simulation.PostedAsync($"/calls/{call}/timeout", new { });
        await anna.ConnectAsync();
        var ended = await anna.ToldAsync<CallEnded>();
        var offered = anna.Store.Events.OfType<CallOffered>().ShouldHaveSingleItem();
        (offered.Id, offered.Offline).ShouldBe((call, true));
        (ended.Id, ended.Offline, ended.Reason).ShouldBe((call, true, "timeout"));
        await AcknowledgedAllAsync();
        (await anna.Client.RejectCallAsync(call, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_not_done_is_refused()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        var call = await RingAsync();
        foreach (
            var (path, to, status) in new[]
            {
                ($"/calls/{call}/accept", "", 501),
                ($"/phones/{Bert}/calls", "1203@g.us", 501),
                ($"/phones/{Bert}/calls", "490000000000", 404),
                ($"/phones/{Anna}/calls", Anna, 400),
                ("/calls/none/cancel", "", 404),
            }
        )
        {
            using var refused = await _simulation.PostAsync(path, new { to });
            ((int)refused.StatusCode).ShouldBe(status, path);
        }
    }

    private async Task<string> RingAsync(string namedBy = "lid", bool video = false) =>
        (string)
            (
                await _simulation.PostedAsync(
                    $"/phones/{Bert}/calls",
                    new
                    {
                        to = Anna,
                        video,
                        namedBy,
                    }
                )
            )["id"]!;

    private Task AcknowledgedAsync(string call) =>
        Eventually.True(
            "the call to be acknowledged",
            async () => (int)(await _simulation.GetAsync($"/calls/{call}"))["unacknowledged"]! == 0
        );

    private Task AcknowledgedAllAsync() =>
        Eventually.True(
            "all stanzas to be acknowledged",
            async () => (int)(await _simulation.SessionAsync(Anna))["waiting"]! == 0
        );

    private Task StateAsync(string call, string state) =>
        Eventually.True(
            $"the call to be {state}",
            async () => (string?)(await _simulation.GetAsync($"/calls/{call}"))["state"] == state
        );
}
