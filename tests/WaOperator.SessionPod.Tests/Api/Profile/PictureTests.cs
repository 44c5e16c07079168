using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Handlers;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Api.Profile;

/// <summary>Pictures of accounts and groups through the API.</summary>
public sealed class PictureTests
{
    [Fact]
    public async Task The_own_picture_is_set_seen_by_others_and_taken_away()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        rooms.World.Simulator.Server.Directory.TryGet(anna.Phone, out var phone).ShouldBeTrue();
        (await rooms.RefusedAsync(404, HttpMethod.Get, anna, "/profile/picture")).ShouldBe(
            "no-picture"
        );

        var jpeg = JpegSample.Of(640, 640);
        var id = (string?)(await SetAsync(rooms, 200, anna, "/profile/picture", jpeg))["id"];
        phone!.Picture!.Jpeg.ShouldBe(jpeg);
        id.ShouldBe(phone.Picture.Id);
        var own = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/profile/picture");
        ((string?)own["id"], (bool)own["preview"]!).ShouldBe((id, false));
        var seen = await rooms.AskedAsync(
            200,
            HttpMethod.Get,
            bert,
            $"/contacts/{anna.Phone}/picture?preview=true"
        );
        ((string?)seen["id"], (bool)seen["preview"]!).ShouldBe((id, true));
        ((string?)seen["url"])!.ShouldStartWith("http://");
        await rooms.AskedAsync(200, HttpMethod.Get, bert, $"/contacts/{phone.Lid}/picture");

        await rooms.AskedAsync(204, HttpMethod.Delete, anna, "/profile/picture");
        phone.Picture.ShouldBeNull();
        (
            await rooms.RefusedAsync(404, HttpMethod.Get, bert, $"/contacts/{anna.Phone}/picture")
        ).ShouldBe("no-picture");
    }

    [Fact]
    public async Task A_group_s_picture_is_set_read_and_taken_away()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var group = await Groups.GroupTests.CreateAsync(rooms, anna, bert.Phone);
        var path = $"/groups/{group}/picture";
        var jpeg = JpegSample.Of(300, 200);
        await SetAsync(rooms, 200, anna, path, jpeg);
        rooms.Find(group)!.Picture!.Jpeg.ShouldBe(jpeg);
        var seen = await rooms.AskedAsync(200, HttpMethod.Get, bert, path);
        ((string?)seen["id"]).ShouldBe(rooms.Find(group)!.Picture!.Id);
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, path);
        rooms.Find(group)!.Picture.ShouldBeNull();
        await rooms.RefusedAsync(404, HttpMethod.Get, bert, path);
        await rooms.RefusedAsync(404, HttpMethod.Get, bert, "/groups/1203630000@g.us/picture");
        await SetAsync(rooms, 400, anna, "/groups/491511111111/picture", jpeg);
    }

    [Fact]
    public async Task What_cannot_be_a_picture_is_refused_with_words_and_changes_nothing()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        await SetAsync(rooms, 200, anna, "/profile/picture", JpegSample.Of(640, 640));
        rooms.World.Simulator.Server.Directory.TryGet(anna.Phone, out var phone).ShouldBeTrue();
        var before = phone!.Picture;

        foreach (
            var (bytes, words) in new[]
            {
                ("GIF89a"u8.ToArray(), "JPEG"),
                ([], "JPEG"),
                (JpegSample.Of(640, 640, ProfilePicture.MaxBytes), "bytes"),
                (JpegSample.Of(ProfilePicture.MaxPixels + 1, 1), "pixels"),
            }
        )
        {
            var refusal = await SetAsync(rooms, 400, anna, "/profile/picture", bytes);
            ((string?)refusal["type"]).ShouldBe("urn:wa:problem:invalid-picture");
            ((string?)refusal["detail"])!.ShouldContain(words);
        }
        await SetAsync(rooms, 415, anna, "/profile/picture", JpegSample.Of(9, 9), "image/png");
        await rooms.RefusedAsync(400, HttpMethod.Get, anna, "/profile/picture?preview=maybe");
        await rooms.RefusedAsync(400, HttpMethod.Get, anna, "/contacts/anna/picture");
        phone.Picture.ShouldBe(before);
    }

    [Fact]
    public async Task Pictures_of_others_and_the_phone_s_blocking_are_streamed()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var server = rooms.World.Simulator.Server;
        using var stream = await rooms.Api.FollowAsync(anna.Name);
        server.Directory.TryGet(anna.Phone, out var own).ShouldBeTrue();
        server.Directory.TryGet(bert.Phone, out var other).ShouldBeTrue();
        other!.Meet(anna.Phone);

        await SetAsync(rooms, 200, bert, "/profile/picture", JpegSample.Of(640, 640));
        var picture = (await stream.NextAsync("picture")).Data;
        ((string?)picture["of"]).ShouldBe(other.Jid.ToString());
        ((string?)picture["pictureId"]).ShouldBe(other.Picture!.Id);
        ((bool)picture["removed"]!).ShouldBeFalse();

        Blocklist.Change(server, own!, by: null, other, block: true);
        var list = (await stream.NextAsync("blocklist")).Data;
        var change = list["changes"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)change["lid"]).ShouldBe(other.Lid.ToString());
        ((bool)change["blocked"]!).ShouldBeTrue();
    }

    private static async Task<JsonNode> SetAsync(
        RoomWorld rooms,
        int status,
        TestSession session,
        string path,
        byte[] body,
        string type = "image/jpeg"
    )
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        var (code, answer, _) = await rooms.Api.AskAsync(
            HttpMethod.Put,
            $"/v1/sessions/ns/{session.Name}{path}",
            content
        );
        code.ShouldBe(status, answer?.ToJsonString());
        return answer!;
    }
}
