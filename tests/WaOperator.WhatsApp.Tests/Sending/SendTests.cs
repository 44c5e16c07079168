using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Sending;

public sealed class SendTests
{
    [Fact]
    public async Task A_text_to_a_LID_goes_by_LID_to_all_devices_and_to_our_own()
    {
        await using var chat = new Chat();
        chat.Peers.Add(FakePeer.Of(Chat.Bob, Chat.BobLid, 7));
        chat.Peers.Add(FakePeer.Of(Chat.Me, Chat.MyLid));
        await chat.ConnectAsync();
        // Whose LID it is must be known for the number to go along.
        await chat.Text("by number").Done;
        var ticket = chat.Text("hello", new Jid(Chat.BobLid, Jid.LidServer));
        (await ticket.Done).Succeeded.ShouldBeTrue();

        var stanza = chat.Sent[^1];
        (stanza["id"], stanza["to"], stanza["type"], stanza["peer_recipient_pn"]).ShouldBe(
            (ticket.Id, $"{Chat.BobLid}@lid", "text", $"{Chat.Bob}@s.whatsapp.net")
        );
        stanza.Child("device-identity").ShouldNotBeNull();
        var targets = stanza.Child("participants")!.Children;
        targets
            .Select(to => to["jid"])
            .ShouldBe([$"{Chat.BobLid}@lid", $"{Chat.BobLid}:7@lid", $"{Chat.MyLid}@lid"]);
        foreach (var device in chat.Peers.Take(2))
            device.Read(Chat.For(stanza, device.Lid!.Value)).ShouldBe(FakePeer.Text("hello"));
        var copy = MessageParts.Read(
            chat.Peers[2].Read(Chat.For(stanza, chat.Peers[2].Lid!.Value))
        );
        copy.DeviceSent!.Value.To.ShouldBe($"{Chat.BobLid}@lid");
        copy.DeviceSent.Value.Message.ShouldBe(FakePeer.Text("hello"));
    }

    [Fact]
    public async Task A_text_to_a_number_goes_by_number_also_where_the_LID_is_known()
    {
        await using var chat = await Chat.ConnectedAsync();
        (await chat.Text("hello", chat.First.Phone.Account).Done).Succeeded.ShouldBeTrue();
        var stanza = chat.Sent.Single();
        stanza["to"].ShouldBe($"{Chat.Bob}@s.whatsapp.net");
        chat.First.Read(Chat.For(stanza, chat.First.Phone)).ShouldBe(FakePeer.Text("hello"));
    }

    [Fact]
    public async Task A_server_that_gives_no_LID_is_served_by_number()
    {
        await using var chat = new Chat();
        chat.Peers[0] = FakePeer.Of(Chat.Bob, null);
        await chat.ConnectAsync();
        (await chat.Text("hello").Done).Succeeded.ShouldBeTrue();
        var stanza = chat.Sent.Single();
        stanza["to"].ShouldBe($"{Chat.Bob}@s.whatsapp.net");
        stanza["peer_recipient_pn"].ShouldBeNull();
        chat.First.Read(Chat.For(stanza, chat.First.Phone)).ShouldBe(FakePeer.Text("hello"));
    }

    [Fact]
    public async Task Nothing_leaves_before_it_is_durable_and_what_gathered_becomes_so_at_once()
    {
        const int Count = 60;
        await using var chat = await Chat.ConnectedAsync();
        await chat.Text("before").Done;
        var commits = 0;
        var hold = new TaskCompletionSource();
        // Those of messages alone: how many answers of the server share one is a matter of how fast it is.
        chat.Store.BeforeCommit = change =>
        {
            if (change.Outbound.Any(m => m.State == OutboundState.Encrypted))
                commits++;
            return hold.Task;
        };
        var tickets = Enumerable.Range(0, Count).Select(i => chat.Text($"text {i}")).ToList();
        // An answer to a query passes the same wire later than a message that was sent by mistake.
        await chat.Client.GetBlockedAsync(default);
        chat.Sent.Count.ShouldBe(1);
        tickets.ShouldAllBe(ticket => !ticket.Accepted.IsCompleted);

        hold.SetResult();
        foreach (var ticket in tickets)
            (await ticket.Done).Succeeded.ShouldBeTrue();
        var stanzas = chat.Sent;
        stanzas.Skip(1).Select(stanza => stanza["id"]).ShouldBe(tickets.Select(t => t.Id));
        string[] texts = ["before", .. Enumerable.Range(0, Count).Select(i => $"text {i}")];
        foreach (var (stanza, text) in stanzas.Zip(texts))
            chat.First.Read(Chat.For(stanza, chat.First.Phone)).ShouldBe(FakePeer.Text(text));
        await Eventually.True(
            "all to be kept as acknowledged",
            () => chat.Store.Outbound.All(m => m.State == OutboundState.Acked)
        );
        commits.ShouldBeInRange(1, Count - 1);
    }

    [Fact]
    public async Task An_answer_shares_the_commit_of_the_next_message_and_waits_no_longer_than_it_may()
    {
        var gather = TimeSpan.FromSeconds(1);
        await using var chat = new Chat(gather);
        await chat.ConnectAsync();
        await chat.Text("first").Done;
        // The clock stands still.
        States().ShouldBe([OutboundState.Encrypted]);
        var commits = chat.Store.Commits;
        var second = chat.Text("second");
        await second.Accepted;
        (chat.Store.Commits - commits).ShouldBe(1);
        States().ShouldBe([OutboundState.Acked, OutboundState.Encrypted]);

        await second.Done;
        await Eventually.True(
            "the last answer to be kept when its time is over",
            () =>
            {
                chat.Time.Advance(gather);
                return States()[^1] == OutboundState.Acked;
            }
        );
        await chat.Text("third").Done;
        States()[^1].ShouldBe(OutboundState.Encrypted);
        var closed = chat.Client.CloseAsync();
        await Eventually.True(
            "a close to wait for nothing",
            () => States()[^1] == OutboundState.Acked
        );
        await chat.CutAsync();
        await closed;

        OutboundState[] States() => [.. chat.Store.Outbound.Select(m => m.State)];
    }

    [Fact]
    public async Task A_refusal_of_the_server_is_told_in_words_and_kept()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.Judge = _ => (true, "463");
        var result = await chat.Text("hello").Done;
        (result.Succeeded, result.Code).ShouldBe((false, 463));
        result.Error.ShouldNotBeNull().ShouldContain("reach out");
        (await chat.EventAsync<ReachOutLocked>()).MessageId.ShouldBe(result.Id);
        await Eventually.True("the journal to tell it", () => chat.Entries("failed").Count == 1);
        ((int)chat.Entries("failed")[0]["code"]!).ShouldBe(463);
        chat.Store.Outbound.Single()
            .ShouldSatisfyAllConditions(
                kept => kept.State.ShouldBe(OutboundState.Failed),
                kept => kept.Error.ShouldBe(result.Error),
                kept => kept.Stanza.ShouldBeNull()
            );
        chat.Judge = _ => (true, null);
        (await chat.Text("again").Done).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_server_did_not_answer_goes_first_and_byte_for_byte_after_the_next_login()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.Judge = _ => (false, null);
        var tickets = new[] { chat.Text("one"), chat.Text("two"), chat.Text("three") };
        var before = await chat.SentAsync(3);
        await chat.CutAsync();
        foreach (var ticket in tickets)
        {
            ticket.Accepted.IsCompletedSuccessfully.ShouldBeTrue();
            await Should.ThrowAsync<OperationCanceledException>(() => ticket.Done);
        }

        chat.Judge = _ => (true, null);
        chat.Start();
        var next = chat.Text("four");
        (await next.Done).Succeeded.ShouldBeTrue();
        var all = await chat.SentAsync(7);
        all.Skip(3)
            .Select(stanza => stanza["id"])
            .ShouldBe([.. tickets.Select(ticket => ticket.Id), next.Id]);
        foreach (var (first, second) in all.Take(3).Zip(all.Skip(3)))
            BinaryEncoder.Encode(second).ShouldBe(BinaryEncoder.Encode(first));
        await Eventually.True("the journal to tell all", () => chat.Entries("sent").Count == 4);
    }

    [Fact]
    public async Task A_store_that_fails_ends_the_connection_and_the_message_stays_the_callers()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.Store.BeforeCommit = change =>
            change.Outbound.Count > 0
                ? Task.FromException(new IOException("disk full"))
                : Task.CompletedTask;
        var ticket = chat.Text("hello");
        (await chat.EndAsync()).Kind.ShouldBe(DisconnectKind.StoreFailed);
        await Should.ThrowAsync<OperationCanceledException>(() => ticket.Accepted);
        chat.Sent.ShouldBeEmpty();

        chat.Store.BeforeCommit = _ => Task.CompletedTask;
        await chat.ConnectAsync();
        (await chat.Text("hello").Done).Succeeded.ShouldBeTrue();
        chat.First.Read(Chat.For(chat.Sent.Single(), chat.First.Phone))
            .ShouldBe(FakePeer.Text("hello"));
    }

    [Fact]
    public async Task Who_is_not_on_WhatsApp_cannot_be_written_to()
    {
        await using var chat = await Chat.ConnectedAsync();
        var result = await chat.Text("hello", new("4999999999", Jid.PhoneServer)).Done;
        result.Code.ShouldBe(404);
        chat.Sent.ShouldBeEmpty();
        chat.Store.Outbound.Single().State.ShouldBe(OutboundState.Failed);
    }

    [Fact]
    public async Task A_forged_signed_prekey_is_not_used()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.ForgesSignatures = true;
        (await chat.Text("hello").Done).Succeeded.ShouldBeFalse();
        chat.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_device_is_written_to_when_the_server_has_told_of_it()
    {
        await using var chat = await Chat.ConnectedAsync();
        await chat.Text("one").Done;
        var second = FakePeer.Of(Chat.Bob, Chat.BobLid, 9);
        chat.Peers.Add(second);
        await chat.Text("two").Done;
        chat.Sent[1].Child("participants")!.Children.Count.ShouldBe(1);
        await chat.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = $"{Chat.Bob}@s.whatsapp.net",
                ["type"] = "devices",
                ["id"] = "n1",
                Children = [new BinaryNode("add")],
            }
        );
        await chat.AckAsync("n1");
        await chat.Text("three").Done;
        second.Read(Chat.For(chat.Sent[2], second.Phone)).ShouldBe(FakePeer.Text("three"));
    }

    [Fact]
    public async Task A_device_that_a_message_missed_gets_it_when_the_server_says_so()
    {
        await using var chat = await Chat.ConnectedAsync();
        await chat.Text("one").Done;
        var second = FakePeer.Of(Chat.Bob, Chat.BobLid, 9);
        chat.Peers.Add(second);
        chat.DeviceHash = "2:another1";
        var ticket = chat.Text("two");
        (await ticket.Done).Succeeded.ShouldBeTrue();
        var late = (await chat.SentAsync(3))[2];
        (late["id"], late["to"]).ShouldBe((ticket.Id, second.Phone.ToString()));
        second.Read(late.Child("enc")!).ShouldBe(FakePeer.Text("two"));
        await chat.Text("three").Done;
        var three = chat.Sent[3];
        second.Read(Chat.For(three, second.Phone)).ShouldBe(FakePeer.Text("three"));
    }

    [Fact]
    public async Task A_new_identity_gets_a_new_session_and_the_journal_says_so()
    {
        await using var chat = await Chat.ConnectedAsync();
        await chat.Text("one").Done;
        chat.First.Read(Chat.For(chat.Sent[0], chat.First.Phone));
        chat.First.Reinstall();
        await chat.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = $"{Chat.Bob}@s.whatsapp.net",
                ["type"] = "encrypt",
                ["id"] = "n1",
                Children = [new BinaryNode("identity")],
            }
        );
        await chat.AckAsync("n1");
        chat.Entries("identity").ShouldBeEmpty("the new key is not known yet");
        await chat.Text("two").Done;
        chat.First.Read(Chat.For(chat.Sent[1], chat.First.Phone)).ShouldBe(FakePeer.Text("two"));
        chat.Entries("identity").Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("has space")]
    [InlineData("a@b")]
    public async Task An_id_that_a_server_would_misread_is_refused(string id)
    {
        await using var chat = await Chat.ConnectedAsync();
        Should.Throw<ArgumentException>(() =>
            chat.Client.Send(
                OutgoingMessage.Of(chat.First.Phone, FakePeer.Text("x")) with
                {
                    Id = id,
                }
            )
        );
    }

    [Fact]
    public async Task A_chosen_id_is_used()
    {
        await using var chat = await Chat.ConnectedAsync();
        var result = await chat
            .Client.Send(
                OutgoingMessage.Of(chat.First.Phone, FakePeer.Text("x")) with
                {
                    Id = "MYID1",
                }
            )
            .Done;
        result.Id.ShouldBe("MYID1");
        chat.Sent.Single()["id"].ShouldBe("MYID1");
    }

    [Fact]
    public async Task Nothing_overtakes_a_message_that_cannot_go_now()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.RefusedQuestions = 1;
        chat.Gate.Close();
        string[] texts = ["one", "two", "three"];
        var tickets = texts.Select(text => chat.Text(text)).ToList();
        chat.Gate.Open();
        foreach (var ticket in tickets)
            await Should.ThrowAsync<SendException>(() => ticket.Accepted);
        chat.Sent.ShouldBeEmpty();

        foreach (var ticket in texts.Select(text => chat.Text(text)).ToList())
            (await ticket.Done).Succeeded.ShouldBeTrue();
        foreach (var (stanza, text) in chat.Sent.Zip(texts))
            chat.First.Read(Chat.For(stanza, chat.First.Phone)).ShouldBe(FakePeer.Text(text));
    }
}
