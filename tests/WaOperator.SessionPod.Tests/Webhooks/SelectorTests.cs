using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Sessions that are asked for by their labels, which change.</summary>
public sealed class SelectorTests
{
    [Fact]
    public async Task A_session_is_posted_of_while_its_labels_are_asked_for_and_then_of_what_it_did_before()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await LabelAsync(world, session.Id, "team", "support");
        await world.WebhookAsync(
            session.Tenant,
            s =>
                s with
                {
                    Url = $"{world.Receiver.Address}sales",
                    Sessions = [],
                    Format = WebhookFormat.Thin,
                    Selector = new()
                    {
                        MatchLabels = new Dictionary<string, string> { ["team"] = "sales" },
                    },
                }
        );
        await world.WebhookAsync(session.Tenant);

        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await AllAsync(world, 1);
        Selected(world).ShouldBeEmpty();

        await LabelAsync(world, session.Id, "team", "sales");
        await Eventually.True("the first is posted", () => Selected(world).Length == 1);
        await phone.JournalAsync(WebhookWorld.Text("M2"));
        await Eventually.True("the second is posted", () => Selected(world).Length == 2);

        await LabelAsync(world, session.Id, "team", "support");
        await Eventually.True(
            "one is posted to the other alone",
            async () =>
            {
                await phone.JournalAsync(WebhookWorld.Text("M3"));
                await AllAsync(world, All(world).Length + 1);
                return Selected(world).Length < All(world).Length;
            }
        );
        await AllAsync(world, Selected(world).Length + 1);
        var selected = Selected(world).Length;
        await phone.JournalAsync(WebhookWorld.Text("M4"));
        await Steadily.Holds(
            "it is not asked for",
            TimeSpan.FromSeconds(1),
            () => Task.FromResult(Selected(world).Length == selected ? null : "it is posted")
        );
        await LabelAsync(world, session.Id, "team", "sales");
        await Eventually.True("all are posted", () => Selected(world).Length == All(world).Length);
        Selected(world).ShouldBe(All(world));
    }

    private static string[] Selected(WebhookWorld world) =>
        [.. world.Receiver.Taken.Where(p => p.Json["data"] is null).Select(p => p.Id).Distinct()];

    private static string[] All(WebhookWorld world) =>
        [
            .. world
                .Receiver.Taken.Where(p => p.Json["data"] is not null)
                .Select(p => p.Id)
                .Distinct(),
        ];

    private static Task AllAsync(WebhookWorld world, int count) =>
        Eventually.True($"{count} are posted to the other", () => All(world).Length >= count);

    private static Task LabelAsync(WebhookWorld world, long session, string key, string value) =>
        world.World.SqlAsync(
            $"update wa.session set labels = ',{key}={value},' where id = {session}"
        );
}
