using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Presence and typing: seen by those who are there, kept for nobody.</summary>
public static class Presence
{
    /// <summary>Takes the name by which an account shows itself.</summary>
    public static void Announce(Device device, BinaryNode presence)
    {
        if (presence["name"] is { Length: > 0 } name && device.Phone.Name != name)
        {
            device.Phone.Name = name;
            device.Phone.Changed();
        }
    }

    /// <summary>Passes typing on.</summary>
    public static void Route(WhatsAppServer server, Device device, BinaryNode chatstate)
    {
        if (
            !Jid.TryParse(chatstate["to"], out var to) || server.Directory.Find(to) is not { } phone
        )
            return;
        foreach (var receiver in phone.Devices)
        {
            receiver.SendIfThere(
                new("chatstate")
                {
                    ["from"] = (to.IsLid ? device.Phone.Lid : device.Phone.Jid).ToString(),
                    Children = chatstate.Children,
                }
            );
        }
    }
}
