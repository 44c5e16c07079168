using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class EndTests
{
    private static BinaryNode Conflict(string type, string? code = null) =>
        new("stream:error")
        {
            ["code"] = code,
            Children = [new BinaryNode("conflict") { ["type"] = type }],
        };

    private static readonly Dictionary<
        string,
        (BinaryNode Word, DisconnectKind Kind, int? Code)
    > Words = new(StringComparer.Ordinal)
    {
        ["replaced"] = (Conflict("replaced"), DisconnectKind.Replaced, 440),
        ["removed"] = (Conflict("device_removed", "401"), DisconnectKind.LoggedOut, 401),
        ["restart"] = (
            new BinaryNode("stream:error") { ["code"] = "515" },
            DisconnectKind.RestartRequired,
            515
        ),
        ["busy"] = (
            new BinaryNode("stream:error") { ["code"] = "503" },
            DisconnectKind.ServerError,
            503
        ),
        ["odd"] = (
            new BinaryNode("stream:error") { ["code"] = "@s.whatsapp.net" },
            DisconnectKind.ServerError,
            null
        ),
        ["malformed"] = (
            new BinaryNode("stream:error") { Children = [new("xml-not-well-formed")] },
            DisconnectKind.ProtocolError,
            null
        ),
        ["unknown device"] = (
            new BinaryNode("failure") { ["reason"] = "401" },
            DisconnectKind.LoggedOut,
            401
        ),
        ["banned"] = (
            new BinaryNode("failure") { ["reason"] = "402", ["expire"] = "3600" },
            DisconnectKind.Banned,
            402
        ),
        ["locked"] = (new BinaryNode("failure") { ["reason"] = "403" }, DisconnectKind.Banned, 403),
        ["old"] = (
            new BinaryNode("failure") { ["reason"] = "405" },
            DisconnectKind.ClientOutdated,
            405
        ),
        ["timelock"] = (
            new BinaryNode("failure") { ["reason"] = "463" },
            DisconnectKind.ReachOutTimelock,
            463
        ),
        ["down"] = (
            new BinaryNode("failure") { ["reason"] = "500" },
            DisconnectKind.ServerError,
            500
        ),
        ["end"] = (new BinaryNode("xmlstreamend"), DisconnectKind.StreamEnd, null),
    };

    public static TheoryData<string> Names => [.. Words.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_s_last_word_tells_how_it_ended(string name)
    {
        var (word, kind, code) = Words[name];
        await using var rig = new Rig();
        rig.Server.Greet = async link =>
        {
            await link.SendAsync(word);
            await link.CloseAsync();
        };
        rig.Start();
        var end = await rig.EndAsync();
        (end.Kind, end.Code).ShouldBe((kind, code), name);
        end.RetryAfter.ShouldBe(name == "banned" ? TimeSpan.FromHours(1) : null);
    }

    [Fact]
    public async Task A_server_that_closes_without_a_word_is_a_stream_end()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.CloseAsync();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.StreamEnd);
    }

    [Fact]
    public async Task Keepalive_goes_out_and_a_server_that_is_silent_is_lost()
    {
        await using var rig = new Rig();
        rig.Options = rig.Options with { SilenceLimit = new WhatsAppOptions().SilenceLimit };
        await rig.StartConnectedAsync();
        rig.Server.Answer = _ => null;
        rig.Time.Advance(TimeSpan.FromSeconds(26));
        rig.Link.Received.ShouldNotContain(node => node["xmlns"] == "w:p");
        rig.Time.Advance(TimeSpan.FromSeconds(4.3));
        var ping = await rig.ReceivedAsync("the keepalive", node => node["xmlns"] == "w:p");
        (ping["type"], ping.FirstChild!.Tag).ShouldBe(("get", "ping"));
        rig.HasEnded.ShouldBeFalse();
        await Eventually.True(
            "the connection to count as lost",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(0.5));
                return rig.HasEnded;
            }
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.ConnectionLost);
    }

    [Fact]
    public async Task A_server_that_answers_the_keepalive_keeps_the_connection()
    {
        await using var rig = new Rig();
        rig.Options = rig.Options with { SilenceLimit = TimeSpan.FromSeconds(100) };
        await rig.StartConnectedAsync();
        for (var i = 1; i <= 10; i++)
        {
            var before = rig.Link.Received.Count(node => node["xmlns"] == "w:p");
            rig.Time.Advance(TimeSpan.FromSeconds(30.3));
            await Eventually.True(
                $"keepalive {i}",
                () =>
                {
                    // The client may have armed its timer only after the jump.
                    rig.Time.Advance(TimeSpan.FromSeconds(0.1));
                    return rig.Link.Received.Count(node => node["xmlns"] == "w:p") > before;
                }
            );
            await RoundTripAsync(rig, $"after-{i}");
        }
        rig.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task A_query_without_an_answer_ends_the_connection()
    {
        await using var rig = new Rig();
        rig.Options = rig.Options with { QueryTimeout = TimeSpan.FromSeconds(10) };
        rig.Server.Answer = query => query["xmlns"] == "passive" ? null : Greetings.Answer(query);
        rig.Start();
        await rig.ReceivedAsync("the activation", node => node["xmlns"] == "passive");
        rig.Time.Advance(TimeSpan.FromSeconds(10.3));
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.Timeout);
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_is_given_up()
    {
        await using var rig = new Rig();
        var entered = new TaskCompletionSource();
        rig.Server.BeforeHello = ct =>
        {
            entered.SetResult();
            return new TaskCompletionSource().Task.WaitAsync(ct);
        };
        rig.Start();
        await entered.Task;
        rig.Time.Advance(TimeSpan.FromSeconds(21));
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.Timeout);
    }

    [Fact]
    public async Task A_polite_close_reaches_the_server_and_waits_for_its_close()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Client.CloseAsync();
        rig.Link.ClientClosed.ShouldBeTrue();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LocalClose);
    }

    [Fact]
    public async Task A_server_that_does_not_close_holds_a_close_up_for_a_second_only()
    {
        await using var rig = new Rig();
        var stay = new TaskCompletionSource();
        rig.Server.Greet = async link =>
        {
            await Greetings.LoginAsync(link);
            await stay.Task;
        };
        rig.Start();
        await rig.EventAsync<LoggedIn>();
        var closed = rig.Client.CloseAsync();
        closed.IsCompleted.ShouldBeFalse();
        await Eventually.True(
            "the close to be over",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(0.4));
                return closed.IsCompleted;
            }
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LocalClose);
        stay.SetResult();
    }

    [Fact]
    public async Task Cancellation_ends_a_connection_at_once()
    {
        await using var rig = new Rig();
        using var stop = new CancellationTokenSource();
        rig.Start(stop.Token);
        await rig.EventAsync<Connected>();
        await stop.CancelAsync();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LocalClose);
    }

    [Fact]
    public async Task An_unlinked_device_is_taken_off_the_account()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        (await rig.Client.UnlinkAsync(default)).ShouldBeTrue();
        var request = rig.Link.Received.Single(node =>
            node.Child("remove-companion-device") is not null
        );
        (request["xmlns"], request.FirstChild!["jid"]).ShouldBe(
            ("md", "4915112345678:3@s.whatsapp.net")
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LoggedOut);
        (await rig.Client.UnlinkAsync(default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_cuts_the_connection_as_its_answer_to_the_unlinking_has_confirmed_it()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query.Child("remove-companion-device") is null
                ? Greetings.Answer(query)
                : Conflict("device_removed", "401");
        await rig.StartConnectedAsync();
        (await rig.Client.UnlinkAsync(default)).ShouldBeTrue();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LoggedOut);
    }

    [Fact]
    public async Task A_refused_unlinking_says_so_and_continues()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query.Child("remove-companion-device") is null
                ? Greetings.Answer(query)
                : Greetings.Refusal(query, 400);
        await rig.StartConnectedAsync();
        (await rig.Client.UnlinkAsync(default)).ShouldBeFalse();
        rig.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task The_client_may_be_called_from_its_own_events()
    {
        await using var rig = new Rig();
        var unlinked = false;
        rig.OnEvent = async raised =>
        {
            if (raised is Connected)
                unlinked = await rig.Client.UnlinkAsync(default);
        };
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.LoggedOut);
        unlinked.ShouldBeTrue();
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_connection_only()
    {
        await using var rig = new Rig();
        rig.OnEvent = raised =>
            raised is LoggedIn
                ? throw new InvalidOperationException("handler")
                : ValueTask.CompletedTask;
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.InternalError);
    }

    [Fact]
    public async Task A_store_that_fails_ends_the_connection_before_anything_is_revealed()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Store.BeforeWrite = () => throw new IOException("disk full");
        rig.Start();
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.StoreFailed);
        end.Message.ShouldContain("disk full");
        rig.Server.Links.ShouldBeEmpty();
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task Prekeys_that_cannot_be_stored_are_not_uploaded()
    {
        await using var rig = new Rig();
        rig.Server.Greet = link => link.SendAsync(new BinaryNode("success"));
        rig.Store.BeforeWrite = () => throw new IOException("disk full");
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.StoreFailed);
        rig.Link.Received.ShouldNotContain(node => node.Child("list") != null);
    }

    private static async Task RoundTripAsync(Rig rig, string id)
    {
        await rig.Link.SendAsync(
            new BinaryNode("iq")
            {
                ["from"] = Greetings.Server,
                ["type"] = "get",
                ["id"] = id,
                ["xmlns"] = "urn:xmpp:ping",
            }
        );
        (await rig.ReceivedAsync("the answer to a ping", node => node["id"] == id))["type"]
            .ShouldBe("result");
    }
}
