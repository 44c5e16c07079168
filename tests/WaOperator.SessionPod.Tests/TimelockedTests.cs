using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class TimelockedTests
{
    [Fact]
    public async Task A_time_locked_account_is_reported_once_however_many_messages_are_refused()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using (
            var answer = await world.PostAsync(
                "/faults/refuse-messages",
                new RefuseMessagesRequest(session.Phone, null, null)
            )
        )
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        using var api = new ApiClient(pod.Api);

        await RefusedAsync(1);
        await Eventually.True(
            "the state says so",
            async () => (await session.StateAsync())!.Reason == "ReachOutTimelock"
        );
        var first = await ChangedAsync();
        await RefusedAsync(5);

        (await session.StateAsync())!.Phase.ShouldBe(WaOperator.Store.SessionPhase.Connected);
        (await ChangedAsync()).ShouldBe(first, "no message writes the state again");

        async Task RefusedAsync(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                var (_, body, _) = await api.SendAsync(
                    session.Name,
                    new { to = session.Phone, text = "x" }
                );
                var id = (string)body!["id"]!;
                await Eventually.True(
                    $"message {id} is refused",
                    async () =>
                        (string?)
                            (await api.GetAsync($"/v1/sessions/ns/{session.Name}/messages/{id}"))
                                .Body
                                ?["state"] == "Failed"
                );
            }
        }

        async Task<string> ChangedAsync() =>
            (
                await world.SqlAsync(
                    $"select changed::text from wa.session_state where session_id = {session.Id}"
                )
            )!.ToString()!;
    }
}
