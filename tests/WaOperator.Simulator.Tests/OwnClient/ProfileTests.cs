using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>About texts, privacy and the timer of new chats, as our own client reads and sets them.</summary>
public sealed class ProfileTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task An_About_text_is_set_and_read_by_those_who_may()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.Client.Profile.SetAboutAsync("Grüße 🌱\nfrom the garden", default);
        var own = await anna.Client.Profile.GetAboutAsync(null, default);
        own!.Text.ShouldBe("Grüße 🌱\nfrom the garden");
        own.Timestamp.ShouldBeGreaterThan(0);
        (await bert.Client.Profile.GetAboutAsync(anna.Jid, default)).ShouldBe(own);
        ((string?)(await _simulation.GetAsync($"/phones/{Anna}/profile"))["about"]).ShouldBe(
            own.Text
        );

        await anna.Client.Profile.SetPrivacyAsync("status", "none", default);
        (await bert.Client.Profile.GetAboutAsync(anna.Jid, default)).ShouldBeNull();
        (await anna.Client.Profile.GetAboutAsync(null, default)).ShouldBe(own);
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                anna.Client.Profile.SetAboutAsync(new string('x', 140), default)
            )
        ).Code.ShouldBe(406);
        (
            await bert.Client.Profile.GetAboutAsync(new("490000000000", Jid.PhoneServer), default)
        ).ShouldBeNull();
    }

    [Fact]
    public async Task Privacy_is_set_read_and_kept_by_the_server()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var before = await anna.Client.Profile.GetPrivacyAsync(default);
        before.Keys.ShouldBe(PrivacyCategories.Values.Keys, ignoreOrder: true);
        foreach (var (category, values) in PrivacyCategories.Values)
        foreach (var value in values)
        {
            await anna.Client.Profile.SetPrivacyAsync(category, value, default);
            (await anna.Client.Profile.GetPrivacyAsync(default))[category].ShouldBe(value);
        }
        await Should.ThrowAsync<ArgumentException>(() =>
            anna.Client.Profile.SetPrivacyAsync("last", "contact_blacklist", default)
        );
        await Should.ThrowAsync<ArgumentException>(() =>
            anna.Client.Profile.SetPrivacyAsync("mood", "all", default)
        );
        (
            (string?)(await _simulation.GetAsync($"/phones/{Anna}/profile"))["privacy"]!["last"]
        ).ShouldBe("none");

        // A picture that is shown to none.
        await _simulation.SetPictureAsync(Anna, WaOperator.Testing.JpegSample.Of(9, 9));
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                bert.Client.Profile.GetPictureAsync(anna.Jid, false, default)
            )
        ).Code.ShouldBe(401);
    }

    [Fact]
    public async Task The_timer_of_new_chats_is_set_and_read()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        (await anna.Client.Profile.GetDefaultTimerAsync(default)).ShouldBe(0);
        await anna.Client.Profile.SetDefaultTimerAsync(TimeSpan.FromDays(7), default);
        (await anna.Client.Profile.GetDefaultTimerAsync(default)).ShouldBe(604_800);
        await anna.Client.Profile.SetDefaultTimerAsync(TimeSpan.Zero, default);
        (await anna.Client.Profile.GetDefaultTimerAsync(default)).ShouldBe(0);
    }
}
