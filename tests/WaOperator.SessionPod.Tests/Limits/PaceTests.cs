using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class PaceTests
{
    [Fact]
    public void After_a_burst_messages_go_at_their_pace()
    {
        var (bucket, pace) = (new PaceBucket(), new SendPace(60, 10));
        SendAt(1_000).ShouldBe(10);
        bucket.WaitFor(pace, 1, 1_000).ShouldBe(TimeSpan.FromSeconds(1));
        bucket.WaitFor(pace, 5, 1_000).ShouldBe(TimeSpan.FromSeconds(5));

        Enumerable.Range(1, 600).Sum(i => SendAt(1_000 + i / 10.0)).ShouldBe(60);
        // A rest gives a burst, and no more.
        SendAt(5_000).ShouldBe(10);

        int SendAt(double now)
        {
            var sent = 0;
            while (bucket.TryTake(pace, now))
                sent++;
            return sent;
        }
    }

    [Fact]
    public void An_answer_is_for_a_chat_that_wrote_in_the_last_minutes()
    {
        var (paces, time) = (new Paces(), new FakeTime());
        var (lid, phone) = (Jid.Parse("123@lid"), Jid.Parse("491701234567@s.whatsapp.net"));
        void Receive(bool fromMe = false) =>
            paces.Happened(
                1,
                7,
                new MessageReceived(
                    new()
                    {
                        Id = "A",
                        Chat = lid,
                        ChatOther = phone,
                        Sender = lid,
                        FromMe = fromMe,
                    },
                    default
                ),
                time
            );

        // Nothing is remembered for tenants without a pace, nor of what the account itself wrote.
        Receive();
        paces.Set(1, new SendPace(60));
        Receive(fromMe: true);
        paces.IsAnswer(7, lid.ToString(), time).ShouldBeFalse();
        Receive();

        paces.IsAnswer(7, lid.ToString(), time).ShouldBeTrue();
        paces.IsAnswer(7, phone.ToString(), time).ShouldBeTrue();
        paces.IsAnswer(8, phone.ToString(), time).ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(11));
        paces.IsAnswer(7, lid.ToString(), time).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_sends_no_faster_than_its_pace_all_of_it_and_in_order()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.Desired.PutTenantAsync(
            new TenantRow("ns", "acme", false, """{"pace":{"perMinute":300,"burst":3}}""")
        );
        // Settings that were read before are used for so long.
        await world.SqlAsync($"select pg_sleep({SendPolicy.SettingsLife.Seconds})");
        using var api = new ApiClient(pod.Api);
        var connection = await network.ConnectionAsync(session, 2);
        var began = TimeProvider.System.GetTimestamp();

        for (var i = 0; i < 15; i++)
            await api.TextAsync(session.Name, $"4917012345{i % 3}", $"{i}", id: $"3EB00000{i:00}");
        await Eventually.True("all are sent", () => connection.Sent.Count == 15);

        // Twelve beyond the burst, at five a second, a third sooner at most.
        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.6));
        connection
            .Sent.Select(m => m.Id)
            .ShouldBe(Enumerable.Range(0, 15).Select(i => $"3EB00000{i:00}"));
    }
}
