using System.Collections.Concurrent;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Presence and typing: seen by those who are there, kept for no one.</summary>
internal sealed class Presences(WhatsAppServer server)
{
    private readonly ConcurrentDictionary<Device, byte> _available = new();

    /// <summary>Who watches whom, and by which of the account's addresses.</summary>
    private readonly ConcurrentDictionary<(Device Watcher, Phone Watched), Jid> _watchers = new();

    /// <summary>Available, unavailable (with the name by which the account shows itself), or a wish to hear of another's.</summary>
    public void Handle(Device device, BinaryNode presence)
    {
        var type = presence["type"];
        if (type is not (null or "available" or "unavailable" or "subscribe"))
        {
            // It has no answer that could tell.
            server.Ledger.Note("unsupportedStanza", device.Jid.ToString(), presence.ToString());
            return;
        }
        if (type == "subscribe")
        {
            if (
                Jid.TryParse(presence["to"], out var jid)
                && server.Directory.Find(jid) is { } watched
            )
            {
                _watchers[(device, watched)] = jid.Account;
                Tell(device, watched, jid.Account);
            }
            return;
        }
        if (presence["name"] is { Length: > 0 } name && device.Phone.Name != name)
        {
            device.Phone.Name = name;
            device.Phone.Changed();
        }
        var changed =
            type == "unavailable"
                ? _available.TryRemove(device, out _)
                : _available.TryAdd(device, 0);
        if (changed)
            Tell(device.Phone);
    }

    /// <summary>The device's connection has ended.</summary>
    public void Gone(Device device)
    {
        foreach (var key in _watchers.Keys.Where(k => k.Watcher == device))
            _watchers.TryRemove(key, out _);
        if (_available.TryRemove(device, out _))
            Tell(device.Phone);
    }

    /// <summary>Passes typing on: to the other account, or to all members of a group.</summary>
    public void Typing(Device device, BinaryNode chatstate)
    {
        if (!Jid.TryParse(chatstate["to"], out var to))
            return;
        if (to.IsGroup)
        {
            if (server.Groups.Find(to) is not { } group || !group.Has(device.Phone))
                return;
            foreach (var member in group.Members.Where(m => m.Number != device.Phone.Number))
            {
                if (server.Directory.TryGet(member.Number, out var other))
                    Typing(other, to, group.AddressOf(device.Phone.Number), chatstate);
            }
        }
        else if (server.Directory.Find(to) is { } phone && !phone.Blocks(device.Phone.Number))
        {
            Typing(phone, to.IsLid ? device.Phone.Lid : device.Phone.Jid, null, chatstate);
        }
    }

    private static void Typing(Phone phone, Jid from, Jid? participant, BinaryNode chatstate)
    {
        foreach (var receiver in phone.Devices)
        {
            receiver.SendIfThere(
                new("chatstate")
                {
                    ["from"] = from.ToString(),
                    ["participant"] = participant?.ToString(),
                    Children = chatstate.Children,
                }
            );
        }
    }

    private void Tell(Phone watched)
    {
        foreach (var ((watcher, phone), jid) in _watchers)
        {
            if (phone == watched)
                Tell(watcher, watched, jid);
        }
    }

    private void Tell(Device watcher, Phone watched, Jid jid)
    {
        if (watched.Blocks(watcher.Phone.Number))
            return;
        var here = watched.Devices.Any(_available.ContainsKey);
        watcher.SendIfThere(
            new("presence")
            {
                ["from"] = jid.ToString(),
                ["type"] = here ? null : "unavailable",
                ["last"] = here ? null : Stanzas.Text(server.Clock.UnixSeconds),
            }
        );
    }
}
