using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class PoisonTests
{
    // A location with NaN as its latitude, plain and in a quote.
    private const string Location = "KgkJAAAAAAAA+H8=";
    private const string Quote = "MhkKAXiKARMKBDNFQjAaCyoJCQAAAAAAAPh/";

    [Fact]
    public async Task What_cannot_be_shown_does_not_end_the_stream()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        using var live = await api.FollowAsync(b.Name, 0);
        foreach (var message in (string[])[Location, Quote])
            (await api.SendAsync(a.Name, new { to = b.Phone, message })).Status.ShouldBe(202);
        await api.TextAsync(a.Name, b.Phone, "damaged");
        await api.TextAsync(a.Name, b.Phone, "after");

        await ReadAsync(live, "message");
        // A bit of the third is lost in the database, and a key of a later version is used there.
        const string third =
            "(select seq from wa.session_event where type = 'message' order by seq offset 2 limit 1)";
        foreach (
            var damage in (string[])
                [
                    "ciphertext = set_byte(ciphertext, 20, 255 - get_byte(ciphertext, 20))",
                    "key_version = 7",
                ]
        )
        {
            await world.SqlAsync(
                $"update wa.session_event set {damage} where session_id = {b.Id} and seq = {third}"
            );
            using var replay = await api.FollowAsync(b.Name, 0);
            await ReadAsync(replay, "unreadable");
        }
        (await pod.GetAsync("/metrics")).Text.ShouldContain("wa_events_unreadable_total 2");

        async Task ReadAsync(EventReader reader, string ofThird)
        {
            foreach (var type in (string[])["message", "message", ofThird])
            {
                SeenEvent seen;
                do seen = (await reader.NextAsync())!;
                while (seen.Type is not ("message" or "unreadable"));
                seen.Type.ShouldBe(type);
                seen.Id.ShouldNotBeNull();
                if (seen.Type == "unreadable")
                    ((string?)seen.Data["reason"]).ShouldNotBeNullOrEmpty();
            }
            var after = await reader.NextAsync("message");
            ((string?)after.Data["content"]!["text"]).ShouldBe("after");
        }
    }
}
