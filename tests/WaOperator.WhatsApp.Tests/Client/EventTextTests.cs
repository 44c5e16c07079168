using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class EventTextTests
{
    private const string Number = "4917012345678";

    [Fact]
    public void The_text_of_an_event_holds_no_number()
    {
        var kinds = typeof(ClientEvent)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ClientEvent)) && !type.IsAbstract)
            .ToList();
        kinds.ShouldNotBeEmpty();
        foreach (var kind in kinds)
        {
            var constructor = kind.GetConstructors().Single();
            var happened = constructor.Invoke([
                .. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType)),
            ]);
            var text = happened.ToString()!;
            text.ShouldNotContain("12345678", customMessage: kind.Name);
            text.ShouldNotContain(Number[3..^2], customMessage: kind.Name);
        }
    }

    [Theory]
    [InlineData("4917012345678:3@s.whatsapp.net", "491********78:3@s.whatsapp.net")]
    [InlineData("4917012345678-1420070400@g.us", "491********78-142*****00@g.us")]
    [InlineData("12@lid", "**@lid")]
    public void An_address_is_masked(string address, string masked) =>
        Jid.Parse(address).Masked.ShouldBe(masked);

    private static object? Value(Type type) =>
        type == typeof(Jid) || type == typeof(Jid?) ? new Jid(Number, Jid.PhoneServer, 3)
        : type == typeof(string) ? ""
        : type == typeof(BinaryNode) ? new BinaryNode("presence") { ["from"] = Number }
        : type.IsValueType ? Activator.CreateInstance(type)
        : null;
}
