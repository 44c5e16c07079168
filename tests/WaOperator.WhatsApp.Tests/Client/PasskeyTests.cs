using System.Text;
using Google.Protobuf;
using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Tests.Pairing;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class PasskeyTests
{
    private const string Options = """{"challenge":"AAAA","timeout":360000}""";

    [Fact]
    public async Task A_passkey_that_is_not_used_in_time_ends_the_pairing_as_such()
    {
        await using var rig = await DemandedAsync(Options);
        (await rig.EventAsync<PasskeyRequest>()).ValidFor.ShouldBe(TimeSpan.FromMinutes(6));
        rig.Time.Advance(TimeSpan.FromSeconds(359));
        rig.HasEnded.ShouldBeFalse();
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.PasskeyRequired);
        end.Message.ShouldContain("passkey");
        rig.Events.OfType<QrCode>().ShouldHaveSingleItem("no code is shown beside the passkey");
    }

    [Fact]
    public async Task Options_that_did_not_come_with_the_demand_are_asked_for()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Answer = query =>
            query.Child("passkey_request_options") is not null
                ? Greetings.Result(query, OptionsNode(Options))
                : Greetings.Answer(query);
        await DemandAsync(rig, null);
        (await rig.EventAsync<PasskeyRequest>()).Options.ShouldBe(Options);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("nonsense")]
    public async Task Options_that_no_passkey_could_sign_end_the_connection(string options)
    {
        await using var rig = await DemandedAsync(options);
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.ProtocolError);
        rig.Events.ShouldNotContain(raised => raised is PasskeyRequest);
    }

    [Theory]
    [InlineData("1", 300)]
    [InlineData("1e300", 600)]
    [InlineData("\"soon\"", 600)]
    public async Task The_wait_is_within_reason_whatever_the_server_says(
        string timeout,
        int seconds
    )
    {
        await using var rig = await DemandedAsync(
            $$"""{"challenge":"AAAA","timeout":{{timeout}}}"""
        );
        (await rig.EventAsync<PasskeyRequest>()).ValidFor.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Without_a_demand_there_is_nothing_to_answer()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        await rig.EventAsync<QrCode>();
        await Should.ThrowAsync<InvalidOperationException>(() =>
            rig.Client.AnswerPasskeyAsync("{}", default)
        );
        await Should.ThrowAsync<InvalidOperationException>(() =>
            rig.Client.ConfirmPasskeyCodeAsync(default)
        );
    }

    [Theory]
    [InlineData("ref")]
    [InlineData("passkey_prologue")]
    [InlineData("companion_nonce")]
    [InlineData("encrypted_pairing_request")]
    public async Task A_step_that_the_server_refuses_ends_the_pairing(string step)
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Answer = query =>
            query.Child(step) is not null ? Greetings.Refusal(query, 400)
            : query.Child("ref") is not null ? Greetings.Result(query, Reference())
            : Greetings.Answer(query);
        await DemandAsync(rig, PasskeyCeremonyTests.Options);
        await rig.EventAsync<PasskeyRequest>();
        var answer = rig.Client.AnswerPasskeyAsync(
            PasskeyCeremonyTests.Assertion().ToJsonString(),
            default
        );
        if (step is "ref" or "passkey_prologue")
            await Should.ThrowAsync<QueryRefusedException>(() => answer);
        else
        {
            await answer;
            await rig.Link.SendAsync(Continuation());
        }
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingRejected);
    }

    [Fact]
    public async Task A_server_without_a_reference_ends_the_pairing()
    {
        await using var rig = await DemandedAsync(PasskeyCeremonyTests.Options);
        await rig.EventAsync<PasskeyRequest>();
        await Should.ThrowAsync<QueryRefusedException>(() =>
            rig.Client.AnswerPasskeyAsync(PasskeyCeremonyTests.Assertion().ToJsonString(), default)
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingRejected);
    }

    [Fact]
    public async Task What_was_answered_in_time_has_time_of_its_own()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Answer = query =>
            query.Child("ref") is not null
                ? Greetings.Result(query, Reference())
                : Greetings.Answer(query);
        await DemandAsync(rig, PasskeyCeremonyTests.Options);
        await rig.EventAsync<PasskeyRequest>();
        rig.Time.Advance(TimeSpan.FromSeconds(595));
        await rig.Client.AnswerPasskeyAsync(
            PasskeyCeremonyTests.Assertion().ToJsonString(),
            default
        );
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        await rig.Link.SendAsync(Continuation());
        // More than five minutes after the demand nothing vouches.
        (await rig.EventAsync<PasskeyCode>()).ValidFor.ShouldBe(TimeSpan.FromMinutes(5));
        rig.Link.Received.ShouldNotContain(node =>
            node.Child("passkey_prologue") != null
            && node.Child("passkey_prologue")!.Child("pairing_handoff_proof") != null
        );
        rig.Time.Advance(TimeSpan.FromSeconds(299));
        rig.HasEnded.ShouldBeFalse();
        await Eventually.True(
            "the pairing to end",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return rig.HasEnded;
            }
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingExpired);
    }

    [Fact]
    public async Task Another_demand_takes_the_place_of_one_that_was_answered()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Answer = query =>
            query.Child("ref") is not null
                ? Greetings.Result(query, Reference())
                : Greetings.Answer(query);
        await DemandAsync(rig, PasskeyCeremonyTests.Options);
        await rig.EventAsync<PasskeyRequest>();
        await rig.Client.AnswerPasskeyAsync(
            PasskeyCeremonyTests.Assertion().ToJsonString(),
            default
        );
        await rig.Link.SendAsync(Demand("""{"challenge":"BBBB"}"""));
        await rig.EventAsync<PasskeyRequest>(r =>
            r.Options.Contains("BBBB", StringComparison.Ordinal)
        );
        // The phone's part belongs to the one before.
        await rig.Link.SendAsync(Continuation());
        await rig.ReceivedAsync(
            "an acknowledgement",
            node => node.Tag == "ack" && node["id"] == "n2"
        );
        await Should.ThrowAsync<FormatException>(() =>
            rig.Client.AnswerPasskeyAsync(PasskeyCeremonyTests.Assertion().ToJsonString(), default)
        );
        rig.Link.Received.ShouldNotContain(node => node.Child("companion_nonce") != null);
        rig.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task A_phones_word_by_the_secret_that_the_code_carried_is_refused()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        var code = await rig.EventAsync<QrCode>();
        await rig.Link.SendAsync(Demand(Options));
        await rig.EventAsync<PasskeyRequest>();
        await rig.Link.SendAsync(new FakePhone("4915112345678").Scan(code));
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingRejected);
        rig.Store.Credentials!.IsPaired.ShouldBeFalse();
    }

    [Fact]
    public async Task A_linked_device_does_not_care()
    {
        await using var rig = new Rig();
        rig.Server.Greet = Greetings.LoginAsync;
        await rig.StartConnectedAsync();
        await rig.Link.SendAsync(Demand(Options));
        await rig.ReceivedAsync(
            "an acknowledgement",
            node => node.Tag == "ack" && node["id"] == "n1"
        );
        rig.Events.ShouldNotContain(raised => raised is PasskeyRequest);
        rig.HasEnded.ShouldBeFalse();
    }

    private static async Task<Rig> DemandedAsync(string options)
    {
        var rig = new Rig(new MemoryStore());
        await DemandAsync(rig, options);
        return rig;
    }

    private static async Task DemandAsync(Rig rig, string? options)
    {
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        await rig.EventAsync<QrCode>();
        await rig.Link.SendAsync(Demand(options));
    }

    private static BinaryNode Demand(string? options) =>
        new("notification")
        {
            ["from"] = Greetings.Server,
            ["id"] = "n1",
            ["type"] = "passkey_prologue_request",
            Children = options is null ? [] : [OptionsNode(options)],
        };

    private static BinaryNode Reference() => new("ref") { Bytes = [.. "4@ref"u8] };

    private static BinaryNode Continuation()
    {
        using var phone = KeyPair.Generate();
        return new("notification")
        {
            ["from"] = Greetings.Server,
            ["id"] = "n2",
            ["type"] = "crsc_continuation",
            Children =
            [
                new("primary_ephemeral_identity")
                {
                    Bytes = new PrimaryEphemeralIdentity
                    {
                        PublicKey = ByteString.CopyFrom(phone.Public),
                        Nonce = ByteString.CopyFrom(new byte[32]),
                    }.ToByteArray(),
                },
            ],
        };
    }

    private static BinaryNode OptionsNode(string options) =>
        new("passkey_request_options") { Bytes = Encoding.UTF8.GetBytes(options) };
}
