using System.Text;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class PasskeyTests
{
    private const string Options = """{"challenge":"AAAA","timeout":60000}""";

    [Fact]
    public async Task A_passkey_that_is_not_used_in_time_ends_the_pairing_as_such()
    {
        await using var rig = await DemandedAsync(Options);
        (await rig.EventAsync<PasskeyRequest>()).ValidFor.ShouldBe(TimeSpan.FromMinutes(1));
        rig.Time.Advance(TimeSpan.FromSeconds(59));
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
    [InlineData("1", 30)]
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

    private static BinaryNode OptionsNode(string options) =>
        new("passkey_request_options") { Bytes = Encoding.UTF8.GetBytes(options) };
}
