using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class PasskeyTests
{
    [Fact]
    public async Task A_pairing_that_demands_a_passkey_ends_as_such()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        await rig.EventAsync<QrCode>();
        await rig.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = Greetings.Server,
                ["id"] = "n1",
                ["type"] = "passkey_prologue_request",
            }
        );
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.PasskeyRequired);
        end.Message.ShouldContain("passkey");
    }
}
