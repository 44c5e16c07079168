using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Accounts;

/// <summary>A linked companion device: what it registered with, its prekeys, its mailbox and its connection.</summary>
internal sealed class Device
{
    private const int RememberedIds = 256;
    private readonly Queue<string> _sentIds = new();

    /// <summary>Guards everything that changes in a device.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The phone that linked it.</summary>
    public required Phone Phone { get; init; }

    /// <summary>Its number; 0 is the phone, so from 1.</summary>
    public required ushort Id { get; init; }

    /// <summary>Its index in the phone's signed list.</summary>
    public required uint KeyIndex { get; init; }

    /// <summary>Its Noise static key: the server knows a device by it.</summary>
    public required byte[] NoiseKey { get; init; }

    /// <summary>Its identity key.</summary>
    public required byte[] Identity { get; init; }

    /// <summary>Its registration id.</summary>
    public required uint RegistrationId { get; init; }

    /// <summary>How it calls itself, such as Ubuntu.</summary>
    public required string Platform { get; init; }

    /// <summary>It registered with a wish for the phone's past. Not stored: it is asked once, right after linking.</summary>
    public bool AsksForHistory { get; init; }

    /// <summary>It registered with a wish for all of that.</summary>
    public bool AsksForFullHistory { get; init; }

    /// <summary>When it was linked.</summary>
    public required DateTimeOffset LinkedAt { get; init; }

    /// <summary>Its signed prekey.</summary>
    public required SignedPreKey SignedPreKey { get; set; }

    /// <summary>Its one-time prekeys.</summary>
    public PreKeyPool PreKeys { get; init; } = new();

    /// <summary>How many one-time prekeys it has uploaded in all.</summary>
    public long PreKeysUploaded { get; set; }

    /// <summary>It was told that few prekeys are left, and has not uploaded since.</summary>
    public bool ToldPreKeysLow { get; set; }

    /// <summary>What it has not confirmed.</summary>
    public Mailbox Mailbox { get; } = new();

    /// <summary>It is no longer linked and never logs in again. Guard: <see cref="Gate"/>.</summary>
    public bool Unlinked { get; set; }

    /// <summary>Its connection, or null.</summary>
    public Connection? Connection { get; set; }

    /// <summary>What was seen of it.</summary>
    public SessionRecord Record { get; } = new();

    /// <summary>Distinguishes it from every other device that was ever linked, also from earlier ones with its number.</summary>
    public string Key => $"{Phone.Number}:{Id}/{KeyIndex}";

    /// <summary>Its address by number.</summary>
    public Jid Jid => new(Phone.Number, Jid.PhoneServer, Id);

    /// <summary>Its address by LID.</summary>
    public Jid Lid => Phone.Lid with { Device = Id };

    /// <summary>Keeps a stanza until it is confirmed, and sends it at once if the device is there and ready.</summary>
    public void Deliver(Pending pending)
    {
        lock (Gate)
        {
            Mailbox.Add(pending);
            if (Connection is { Active: true } connection)
            {
                // Before the stanza: who has it finds it in the journal.
                pending.Trace?.Delivered();
                Record.Delivered++;
                connection.Send(pending.Stanza);
            }
        }
    }

    /// <summary>Sends a stanza that no one misses if the device is away.</summary>
    public void SendIfThere(BinaryNode stanza)
    {
        lock (Gate)
        {
            if (Connection is { Active: true } connection)
                connection.Send(stanza);
        }
    }

    /// <summary>The device confirmed a stanza by its ack.</summary>
    /// <param name="class">The class of the stanza.</param>
    /// <param name="id">Its id.</param>
    /// <param name="from">The number of the account it came from; null if the device did not say.</param>
    /// <param name="by">How it confirmed, for the journal.</param>
    public bool Confirm(string @class, string id, string? from, string by)
    {
        lock (Gate)
        {
            if (Mailbox.Confirm(@class, id, from) is not { } pending)
                return false;
            pending.Trace?.Confirmed(by);
            Record.Confirmed++;
            return true;
        }
    }

    /// <summary>The device has read a message: as it came first, and as it was encrypted again.</summary>
    public void ConfirmAll(string id, string? from, string by)
    {
        lock (Gate)
        {
            var confirmed = Confirm("message", id, from, by);
            while (confirmed && Mailbox.Has("message", id, from))
                confirmed = Confirm("message", id, from, by);
        }
    }

    /// <summary>True if the device has lately sent a message with this id already. Guard: <see cref="Gate"/>.</summary>
    public bool Repeats(string id)
    {
        if (_sentIds.Contains(id))
            return true;
        if (_sentIds.Count == RememberedIds)
            _sentIds.Dequeue();
        _sentIds.Enqueue(id);
        return false;
    }
}
