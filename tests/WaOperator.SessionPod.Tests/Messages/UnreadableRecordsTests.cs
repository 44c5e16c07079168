using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Messages;

/// <summary>What is damaged in the database counts as unknown, and stops no message that is received.</summary>
public sealed class UnreadableRecordsTests
{
    private const string ABit =
        "ciphertext = set_byte(ciphertext, 20, 255 - get_byte(ciphertext, 20))";
    private static readonly Jid Ana = Jid.Parse("491701234567@s.whatsapp.net");
    private static readonly Jid AnasLid = Jid.Parse("77777777@lid");

    [Theory]
    [InlineData(ABit)]
    [InlineData("ciphertext = '\\x01'")]
    [InlineData("key_version = 7")]
    public async Task A_message_is_committed_though_the_record_of_its_address_is_damaged(
        string damage
    )
    {
        using var log = new Logs();
        await using var rig = await StoreRig.StartAsync(log);
        var lid = RecordNames.Lid(AnasLid);
        await rig.Store()
            .CommitAsync(
                new DeviceChange
                {
                    Records =
                    [
                        new RecordWrite(lid, "491701234567@s.whatsapp.net"u8.ToArray()),
                        new RecordWrite(lid with { Kind = RecordKinds.Session }, [7]),
                    ],
                },
                default
            );
        await rig.World.SqlAsync($"update wa.session_record set {damage}");

        var store = rig.Store();
        for (var i = 0; i < 2; i++)
            await store.CommitAsync(
                new DeviceChange { Events = [new MessageReceived(Head($"A{i}"), Text)] },
                default
            );

        (await rig.EventsAsync())
            .Select(e => ((MessageReceived)e.Event).Head.Id)
            .ShouldBe(["A0", "A1"]);
        (await store.FindHandledAsync([KeyOf("A0"), KeyOf("A1")], default)).Count.ShouldBe(2);
        (await store.LoadAsync([lid, lid with { Kind = RecordKinds.Session }], default)).ShouldBe([
            null,
            null,
        ]);
        var book = new AddressBook(rig.Context);
        (await book.OtherAsync(StoreRig.Tenant, rig.Session.SessionId, AnasLid)).ShouldBeNull();
        (
            await book.OthersAsync(StoreRig.Tenant, rig.Session.SessionId, [AnasLid], default)
        ).ShouldBeEmpty();
        log.Lines.ShouldHaveSingleItem()
            .ShouldStartWith($"Warning: session {rig.Session.SessionId}: ");
        log.Lines.ShouldAllBe(l => !l.Contains("7777", StringComparison.Ordinal));

        // It is learnt again.
        await store.CommitAsync(
            new DeviceChange
            {
                Records = [new RecordWrite(lid, "491701234567@s.whatsapp.net"u8.ToArray())],
            },
            default
        );
        (await book.OtherAsync(StoreRig.Tenant, rig.Session.SessionId, AnasLid)).ShouldBe(Ana);
    }

    [Theory]
    [InlineData($"update wa.session_record set {ABit} where session_id = $b")]
    [InlineData($"update wa.session_key set {ABit} where session_id = $b and kind = 'prekeys'")]
    [InlineData(
        "update wa.session_outbox set state = 1, settled_at = null, body = '\\x01', detail = '\\x01' where session_id = $b"
    )]
    public async Task A_session_receives_though_what_it_had_stored_is_damaged(string damage)
    {
        await using var world = await PodWorld.StartAsync();
        await using var sending = await world.PodAsync(0, "pod-a");
        var a = await world.PairedAsync(0);
        using var apiA = new ApiClient(sending.Api);
        TestSession b;
        string former;
        await using (var pod = await world.PodAsync(1, "pod-b"))
        {
            b = await world.PairedAsync(1);
            var c = await world.PairedAsync(0);
            using var api = new ApiClient(pod.Api);
            former = await api.TextAsync(b.Name, c.Phone, "before");
            await api.StateAsync(b.Name, former, "Acked");
            if (damage.Contains("session_record", StringComparison.Ordinal))
                await DeliveredAsync(await apiA.TextAsync(a.Name, b.Phone, "first"));
            await pod.StopAsync();
        }
        await world.SqlAsync(damage.Replace("$b", $"{b.Id}", StringComparison.Ordinal));

        await using var next = await world.PodAsync(1, "pod-b2");
        var id = await apiA.TextAsync(a.Name, b.Phone, "hello");
        await DeliveredAsync(id);

        using var apiB = new ApiClient(next.Api);
        using var events = await apiB.FollowAsync(b.Name, 0);
        SeenEvent seen;
        do seen = await events.NextAsync("message");
        while ((string?)seen.Data["id"] != id);
        ((string?)seen.Data["content"]!["text"]).ShouldBe("hello");

        Task DeliveredAsync(string sent) =>
            Eventually.True(
                $"{sent} is delivered",
                async () =>
                    (await apiA.GetAsync($"/v1/sessions/ns/{a.Name}/messages/{sent}"))
                        .Body
                        ?["delivered"]
                        is not null
            );
    }

    private static readonly byte[] Text = MessageContent.Text("hello").ToBytes();

    private static MessageKey KeyOf(string id) => new(AnasLid.ToString(), AnasLid.ToString(), id);

    private static MessageHead Head(string id) =>
        new()
        {
            Id = id,
            Chat = AnasLid,
            Sender = AnasLid,
            Timestamp = 100,
        };
}
