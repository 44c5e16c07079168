using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Accounts;

/// <summary>All accounts, findable by number, LID and a device's Noise key.</summary>
internal sealed class AccountDirectory
{
    private const int ShortestNumber = 6;
    private const int LongestNumber = 15;

    private readonly ConcurrentDictionary<string, Phone> _byNumber = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Phone> _byLid = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Device> _byNoiseKey = new(StringComparer.Ordinal);

    /// <summary>Keeps mailboxes over a restart; null: they are lost. Set before the first device is linked.</summary>
    public IMailboxLog? MailboxLog { get; set; }

    /// <summary>Writes a phone down before anybody relies on what changed; null: nothing is kept.</summary>
    public Action<Phone>? Persist { get; set; }

    /// <summary>All phones.</summary>
    public IEnumerable<Phone> Phones => _byNumber.Values;

    /// <summary>All linked devices.</summary>
    public IEnumerable<Device> Devices => _byNoiseKey.Values;

    /// <summary>True for what can be a phone number: 6 to 15 digits, the first not 0.</summary>
    public static bool IsNumber(string text) =>
        text.Length is >= ShortestNumber and <= LongestNumber
        && text[0] != '0'
        && text.All(char.IsAsciiDigit);

    /// <summary>The phone with that number, made if there is none.</summary>
    /// <exception cref="FormatException">It is no phone number.</exception>
    public Phone GetOrAdd(string number)
    {
        if (!IsNumber(number))
            throw new FormatException(
                $"'{number}' is not a phone number: {ShortestNumber} to {LongestNumber} digits, without + and leading 0"
            );
        return _byNumber.TryGetValue(number, out var phone) ? phone : Add(Phone.Create(number));
    }

    /// <summary>Adds a phone with its devices, or gives the one that is there.</summary>
    public Phone Add(Phone phone)
    {
        var there = _byNumber.GetOrAdd(phone.Number, phone);
        _byLid[there.Lid.User] = there;
        foreach (var device in there.Devices)
            _byNoiseKey[Key(device.NoiseKey)] = device;
        return there;
    }

    /// <summary>The phone with that number.</summary>
    public bool TryGet(string number, [NotNullWhen(true)] out Phone? phone) =>
        _byNumber.TryGetValue(number, out phone);

    /// <summary>The account behind an address by number or LID; null for anything else and for unknown accounts.</summary>
    public Phone? Find(Jid jid) =>
        jid.IsPhone ? _byNumber.GetValueOrDefault(jid.User)
        : jid.IsLid ? _byLid.GetValueOrDefault(jid.User)
        : null;

    /// <summary>The account behind an address in text; null as in <see cref="Find(Jid)"/>.</summary>
    public Phone? Find(string? jid) => Jid.TryParse(jid, out var parsed) ? Find(parsed) : null;

    /// <summary>The device that logs in with that Noise key.</summary>
    public Device? ByNoiseKey(ReadOnlySpan<byte> key) => _byNoiseKey.GetValueOrDefault(Key(key));

    /// <summary>Links a device.</summary>
    public void Link(Device device)
    {
        if (MailboxLog is { } log)
            device.Mailbox.Keep(log, device.Key);
        device.Phone.Add(device);
        _byNoiseKey[Key(device.NoiseKey)] = device;
        Persist?.Invoke(device.Phone);
    }

    /// <summary>Unlinks a device; false if it was not linked.</summary>
    public bool Unlink(Device device)
    {
        _byNoiseKey.TryRemove(KeyValuePair.Create(Key(device.NoiseKey), device));
        var removed = device.Phone.Remove(device);
        Persist?.Invoke(device.Phone);
        return removed;
    }

    /// <summary>Forgets a phone; its devices must be unlinked before.</summary>
    public bool Forget(Phone phone) =>
        _byLid.TryRemove(phone.Lid.User, out _) && _byNumber.TryRemove(phone.Number, out _);

    private static string Key(ReadOnlySpan<byte> key) => Convert.ToBase64String(key);
}
