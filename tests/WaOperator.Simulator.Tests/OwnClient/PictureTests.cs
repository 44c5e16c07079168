using System.Net;
using System.Net.Http.Headers;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Pictures of accounts and groups, as our own client reads and sets them.</summary>
public sealed class PictureTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_picture_is_set_read_by_others_and_taken_away()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        (await anna.Client.Profile.GetPictureAsync(null, preview: false, default)).ShouldBeNull();
        (await bert.Client.Profile.GetPictureAsync(anna.Jid, true, default)).ShouldBeNull();

        var jpeg = JpegSample.Of(640, 640);
        var id = await anna.Client.Profile.SetPictureAsync(null, jpeg, default);
        id.ShouldNotBeNullOrEmpty();
        var own = await anna.Client.Profile.GetPictureAsync(null, preview: false, default);
        (own!.Id, own.Preview).ShouldBe((id, false));
        var seen = await bert.Client.Profile.GetPictureAsync(anna.Jid, preview: true, default);
        (seen!.Id, seen.Preview).ShouldBe((id, true));
        (await LoadAsync(seen.Url)).ShouldBe(jpeg);
        (await _simulation.BytesAsync($"/phones/{Anna}/picture")).ShouldBe(jpeg);

        // By LID, too.
        var lid = anna.Store.Credentials!.Lid!.Value.Account;
        (await bert.Client.Profile.GetPictureAsync(lid, false, default))!.Id.ShouldBe(id);

        await anna.Client.Profile.RemovePictureAsync(null, default);
        (await bert.Client.Profile.GetPictureAsync(anna.Jid, false, default)).ShouldBeNull();
        (await LoadAsync(seen.Url)).ShouldBeNull();
    }

    [Fact]
    public async Task A_group_has_a_picture_that_its_rules_guard()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var group = (await anna.Client.Groups.CreateAsync("Garden", [bert.Jid], default)).Jid;
        var jpeg = JpegSample.Of(300, 300);
        var id = await bert.Client.Profile.SetPictureAsync(group, jpeg, default);
        var seen = await anna.Client.Profile.GetPictureAsync(group, preview: false, default);
        seen!.Id.ShouldBe(id);
        (await LoadAsync(seen.Url)).ShouldBe(jpeg);

        await anna.Client.Groups.SetLockedAsync(group, onlyAdmins: true, default);
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                bert.Client.Profile.RemovePictureAsync(group, default)
            )
        ).Code.ShouldBe(403);
        (await anna.Client.Profile.GetPictureAsync(group, false, default))!.Id.ShouldBe(id);
        await anna.Client.Profile.RemovePictureAsync(group, default);
        (await bert.Client.Profile.GetPictureAsync(group, false, default)).ShouldBeNull();

        await anna.Client.Groups.RemoveAsync(group, [bert.Jid], default);
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                bert.Client.Profile.GetPictureAsync(group, false, default)
            )
        ).Code.ShouldBe(401);
    }

    [Fact]
    public async Task What_cannot_be_a_picture_is_not_sent()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        foreach (
            var bytes in new[]
            {
                "a picture"u8.ToArray(),
                JpegSample.Of(640, 640, ProfilePicture.MaxBytes),
                JpegSample.Of(ProfilePicture.MaxPixels + 1, 640),
                [],
            }
        )
            await Should.ThrowAsync<ArgumentException>(() =>
                anna.Client.Profile.SetPictureAsync(null, bytes, default)
            );
        (await anna.Client.Profile.GetPictureAsync(null, false, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Changes_are_told_to_contacts_members_and_the_own_devices()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.TextAsync(bert.Jid, "one");
        await bert.GotAsync("one");

        await _simulation.SetPictureAsync(Anna, JpegSample.Of(640, 640));
        var seen = await bert.ToldAsync<PictureChanged>();
        var id = (await bert.Client.Profile.GetPictureAsync(anna.Jid, false, default))!.Id;
        (seen.Of, seen.PictureId, seen.Removed, seen.By).ShouldBe((anna.Jid, id, false, anna.Jid));
        seen.Timestamp.ShouldBeGreaterThan(0);
        // Of the own account only that something changed.
        var own = await anna.ToldAsync<PictureChanged>();
        (own.Of, own.PictureId, own.Removed).ShouldBe((anna.Jid, null, false));

        var group = (await anna.Client.Groups.CreateAsync("Garden", [bert.Jid], default)).Jid;
        await anna.Client.Profile.SetPictureAsync(group, JpegSample.Of(9, 9), default);
        await anna.Client.Profile.RemovePictureAsync(group, default);
        await Eventually.True(
            "Bert to hear that the group's picture was taken away",
            () =>
                Task.FromResult(
                    bert.Store.Events.OfType<PictureChanged>()
                        .Any(e => e.Of == group && e.Removed && e.PictureId is null)
                )
        );
        bert.Store.Events.OfType<PictureChanged>().Count(e => e.Of == group).ShouldBe(2);
    }

    [Fact]
    public async Task The_phone_s_blocking_is_told()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        using (await _simulation.PutAsync($"/phones/{Anna}/blocks/{Bert}", new { })) { }
        var told = (await anna.ToldAsync<BlocklistChanged>()).Changes.ShouldHaveSingleItem();
        (told.Account, told.Blocked).ShouldBe((bert.Store.Credentials!.Lid!.Value.Account, true));
        (await anna.Client.GetBlockedAsync(default)).Single().Phone.ShouldBe(bert.Jid);
        using (await _simulation.DeleteAsync($"/phones/{Anna}/blocks/{Bert}")) { }
        await Eventually.True(
            "Anna to hear that Bert is heard again",
            () =>
                Task.FromResult(
                    anna.Store.Events.OfType<BlocklistChanged>()
                        .Any(e => e.Changes is [{ Blocked: false }])
                )
        );
        (await anna.Client.GetBlockedAsync(default)).ShouldBeEmpty();
    }

    private async Task<byte[]?> LoadAsync(string url)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(url));
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        answer.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("image/jpeg"));
        return await answer.Content.ReadAsByteArrayAsync();
    }
}
