using WaOperator.Client;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>The client program's file of messages: what was committed is there after a crash, and nothing else.</summary>
public sealed class MessageFileTests : IDisposable
{
    private static readonly RecordKey Session = new(RecordKinds.Session, "1:1@lid");
    private static readonly RecordKey Other = new(RecordKinds.Session, "2:1@lid");

    private readonly string _folder = Directory.CreateTempSubdirectory("wa-messages-").FullName;

    private string File => Path.Combine(_folder, "messages.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_committed_is_there_after_a_crash_and_a_change_that_was_cut_off_is_not()
    {
        using (var store = MessageFile.Open(_folder))
        {
            await store.CommitAsync(Change("m-1", [1, 2]), default);
            await store.CommitAsync(Change("m-2", [3, 4]), default);
        }
        await System.IO.File.AppendAllTextAsync(File, "{\"records\":[{\"kind\":\"session\",");

        using var again = MessageFile.Open(_folder);
        (await again.LoadAsync([Session, new("session", "none")], default)).ShouldBe([
            [3, 4],
            null,
        ]);
        (await again.FindHandledAsync([Handled("m-1"), Handled("m-3")], default)).ShouldBe([
            Handled("m-1"),
        ]);
        again.IsUsed(7).ShouldBeTrue();
        again.IsUsed(8).ShouldBeFalse();
        (await again.LoadUnackedAsync(default)).Select(m => m.Id).ShouldBe(["out-m-1", "out-m-2"]);
        again.Since(1).Select(e => (e.Seq, e.Event)).ShouldBe([(2, Event("m-2"))]);

        await again.CommitAsync(Change("m-3", [5]), default);
        again.Since(2).Single().Seq.ShouldBe(3);
    }

    [Fact]
    public async Task A_file_that_is_mostly_outdated_is_written_again_and_means_the_same()
    {
        using (var store = MessageFile.Open(_folder))
        {
            for (var i = 0; i < 1200; i++)
                await store.CommitAsync(
                    new() { Records = [new(Session, [(byte)i])], Events = [Event($"m-{i}")] },
                    default
                );
        }
        var before = new FileInfo(File).Length;
        using (MessageFile.Open(_folder))
            new FileInfo(File).Length.ShouldBeLessThan(before);

        using var again = MessageFile.Open(_folder);
        (await again.LoadAsync([Session], default)).ShouldBe([
            [1199 % 256],
        ]);
        (await again.FindHandledAsync([Handled("m-0")], default)).Count.ShouldBe(1);
        again.Since(1199).Single().Seq.ShouldBe(1200);
        await again.CommitAsync(Change("last", [9]), default);
        again.Since(1200).Single().Seq.ShouldBe(1201);
    }

    [Fact]
    public async Task Events_of_earlier_versions_are_read_and_written_in_the_new_form()
    {
        var row = Convert.ToBase64String(
            """{"id":"m-1","chat":"1@lid","sender":"1:1@lid","fromMe":false,"timestamp":5}"""u8
        );
        var handled = """{"chat":"1@lid","sender":"1:1@lid","id":"m-1"}""";
        var line =
            $$"""{"journal":[{"seq":4,"type":"keys","handled":{{handled}},"body":"{{row}}"}]}""";
        var torn =
            $$"""{"journal":[{"seq":5,"type":"keys","handled":{{handled.Replace("m-1", "m-2", StringComparison.Ordinal)}},"body":"AA=="}]}""";
        await System.IO.File.WriteAllTextAsync(File, $"{line}\n{torn}\n");
        using var store = MessageFile.Open(_folder);

        store
            .Since(3)
            .Select(e => (e.Seq, e.Event.Type))
            .ShouldBe([(4, "keys"), (5, "unreadable")]);
        (await store.FindHandledAsync([Handled("m-1"), Handled("m-2")], default)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Events_are_given_until_they_are_confirmed_also_to_the_next_program()
    {
        using (var store = MessageFile.Open(_folder))
        {
            for (var i = 1; i <= 3; i++)
                await store.CommitAsync(new() { Events = [Event($"m-{i}")] }, default);
            store.Confirm(1);
            store.Unconfirmed(1).Single().ShouldBe(new NumberedEvent(2, Event("m-2")));
        }
        using (var again = MessageFile.Open(_folder))
        {
            again.Unconfirmed(10).Select(e => e.Number).ShouldBe([2, 3]);
            again.Confirm(3);
            again.Confirm(2);
        }
        using var last = MessageFile.Open(_folder);
        last.Unconfirmed(10).ShouldBeEmpty();
        last.Since(0).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_file_in_use_is_compacted_and_keeps_what_was_not_confirmed()
    {
        using (var store = MessageFile.Open(_folder))
        {
            await store.CommitAsync(Change("m-1", [1]), default);
            await store.CommitAsync(Change("m-2", [2]), default);
            store.Confirm(1);
            for (var i = 0; i < 10_100; i++)
                await store.CommitAsync(new() { Records = [new(Other, [(byte)i])] }, default);
            new FileInfo(File).Length.ShouldBeLessThan(50_000);
        }
        using var again = MessageFile.Open(_folder);
        again.Unconfirmed(10).Single().ShouldBe(new NumberedEvent(2, Event("m-2")));
        (await again.LoadUnackedAsync(default)).Count.ShouldBe(2);
        (await again.LoadAsync([Session], default)).ShouldBe([
            [2],
        ]);
    }

    [Fact]
    public async Task What_is_committed_stays_committed_when_there_is_no_room_for_a_compacted_file()
    {
        const int lines = 10_100;
        Directory.CreateDirectory(File + ".new");
        using (var store = MessageFile.Open(_folder))
        {
            await store.CommitAsync(
                new() { Events = [.. Enumerable.Range(0, lines).Select(i => Event($"m-{i}"))] },
                default
            );
            for (var i = 1; i < lines; i++)
                store.Confirm(i);
            await store.CommitAsync(Change("last", [9]), default);
            store.Unconfirmed(10).Select(e => e.Number).ShouldBe([lines, lines + 1]);
        }
        using (var again = MessageFile.Open(_folder))
            again.Unconfirmed(10).Select(e => e.Number).ShouldBe([lines, lines + 1]);

        Directory.Delete(File + ".new");
        using var roomy = MessageFile.Open(_folder);
        (await System.IO.File.ReadAllLinesAsync(File)).Length.ShouldBe(1);
        roomy.Unconfirmed(10).Select(e => e.Number).ShouldBe([lines, lines + 1]);
    }

    [Fact]
    public async Task A_confirmation_that_comes_after_the_device_was_cleared_confirms_nothing_of_the_next()
    {
        using var store = MessageFile.Open(_folder);
        await store.CommitAsync(new() { Events = [Event("m-1"), Event("m-2")] }, default);
        store.Clear();
        store.Confirm(2);
        await store.CommitAsync(new() { Events = [Event("m-3")] }, default);
        store.Unconfirmed(10).ShouldBe([new NumberedEvent(1, Event("m-3"))]);

        var memory = new MemoryMessageStore();
        await memory.CommitAsync(new() { Events = [Event("m-1"), Event("m-2")] }, default);
        await memory.ClearAsync(default);
        await memory.ConfirmEventsAsync(2, default);
        await memory.CommitAsync(new() { Events = [Event("m-3")] }, default);
        (await memory.LoadEventsAsync(10, default)).Single().Number.ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_line_is_named()
    {
        await System.IO.File.WriteAllTextAsync(File, "{}\nnot JSON\n");
        Should
            .Throw<InvalidDataException>(() => MessageFile.Open(_folder))
            .Message.ShouldContain("messages.jsonl, line 2");
    }

    private static DeviceChange Change(string id, byte[] session) =>
        new()
        {
            Records = [new(Session, session)],
            UsedPreKeys = [7],
            Events = [Event(id)],
            Outbound = [new($"out-{id}", "1@lid", OutboundState.Encrypted, [1], [2], null)],
        };

    private static KeysReceived Event(string id) =>
        new(
            new()
            {
                Id = id,
                Chat = new("1", Jid.LidServer),
                Sender = new("1", Jid.LidServer, 1),
            }
        );

    private static MessageKey Handled(string id) => new("1@lid", "1:1@lid", id);
}
