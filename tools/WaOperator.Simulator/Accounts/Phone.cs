using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Simulator.Phones;
using WaOperator.Simulator.PhoneState;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Accounts;

/// <summary>The addresses of an account by which its devices were looked up.</summary>
[Flags]
internal enum AskedBy
{
    /// <summary>By its number.</summary>
    Number = 1,

    /// <summary>By its LID.</summary>
    Lid = 2,
}

/// <summary>
/// An account and its phone: the identity key that vouches for companion devices, and the list of those that are linked.
/// The phone itself is device 0; it takes part in no conversation, but others can encrypt for it.
/// </summary>
internal sealed class Phone
{
    private const int HighestDevice = 98;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, byte> _contacts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _blocked = new(StringComparer.Ordinal);
    private ImmutableArray<Device> _devices = [];
    private bool _changed = true;
    private AccountState? _state;
    private PhoneKeys? _keys;

    /// <summary>Makes an account with fresh keys.</summary>
    public static Phone Create(string number) =>
        new()
        {
            Number = number,
            Keys = PhoneKeys.Create(),
            Name = $"Phone {number[^4..]}",
        };

    /// <summary>The type byte of every Curve25519 key.</summary>
    public const byte KeyType = 5;

    /// <summary>The number in digits.</summary>
    public required string Number { get; init; }

    /// <summary>The name that contacts see.</summary>
    public required string Name { get; set; }

    /// <summary>What the account says about itself.</summary>
    public string About { get; set; } = "";

    /// <summary>When it said so, unix seconds; 0: it never did.</summary>
    public long AboutAt { get; set; }

    /// <summary>What of the account is seen by whom: what is other than at the beginning.</summary>
    public ConcurrentDictionary<string, string> Privacy { get; } =
        new(concurrencyLevel: 1, capacity: 1, StringComparer.Ordinal);

    /// <summary>After how many seconds messages of new chats disappear; 0: never.</summary>
    public long DefaultTimer { get; set; }

    /// <summary>The account's picture; null: it has none.</summary>
    public Picture? Picture { get; set; }

    /// <summary>The phone's keys of now.</summary>
    public required PhoneKeys Keys
    {
        get => Volatile.Read(ref _keys!);
        set => Volatile.Write(ref _keys, value);
    }

    /// <inheritdoc cref="PhoneKeys.Identity"/>
    public KeyPair Identity => Keys.Identity;

    /// <inheritdoc cref="PhoneKeys.RegistrationId"/>
    public uint RegistrationId => Keys.RegistrationId;

    /// <inheritdoc cref="PhoneKeys.RawId"/>
    public uint RawId => Keys.RawId;

    /// <inheritdoc cref="PhoneKeys.SignedPreKey"/>
    public SignedPreKey SignedPreKey => Keys.SignedPreKey;

    /// <inheritdoc cref="PhoneKeys.SignedPreKeyPrivate"/>
    public byte[]? SignedPreKeyPrivate => Keys.SignedPreKeyPrivate;

    /// <summary>The account's state; null: the phone owns none.</summary>
    public AccountState? State
    {
        get => Volatile.Read(ref _state);
        init => _state = value;
    }

    /// <summary>Gives the account a state if it has none.</summary>
    /// <returns>The state, and whether it is the one that was given now.</returns>
    public (AccountState State, bool IsNew) Own(Func<AccountState> make)
    {
        lock (_gate)
        {
            if (_state is { } there)
                return (there, false);
            Volatile.Write(ref _state, make());
            return (_state, true);
        }
    }

    /// <summary>What it had before; null: nothing. Not stored.</summary>
    public PhonePast? Past { get; set; }

    /// <summary>The index of the device linked last; each link takes the next.</summary>
    public uint KeyIndex { get; set; }

    /// <summary>The number of the device linked last.</summary>
    public ushort LastDevice { get; set; }

    /// <summary>How many companion devices may be linked; null: the simulator's default.</summary>
    public int? MaxDevices { get; set; }

    /// <summary>How groups that it makes address their members, by LID or by number; null: as the simulator's option says.</summary>
    public bool? GroupsByLid { get; set; }

    /// <summary>Devices are linked only with it; null: it has none. Not stored.</summary>
    public Passkey? Passkey { get; set; }

    /// <summary>It cannot be added to groups, only invited.</summary>
    public bool JoinsByInviteOnly { get; set; }

    /// <summary>The numbers of accounts that it has talked with: they hear when its devices change.</summary>
    public IEnumerable<string> Contacts => _contacts.Keys;

    /// <summary>
    /// The devices that have looked up this account's devices in order to send, and by which of its addresses: what they keep
    /// stands under that one. Not stored.
    /// </summary>
    public ConcurrentDictionary<Device, AskedBy> Askers { get; } =
        new(concurrencyLevel: 1, capacity: 1);

    /// <summary>Something changed that must be stored.</summary>
    public void Changed() => Volatile.Write(ref _changed, true);

    /// <summary>Whether something changed since the last call.</summary>
    public bool TakeChanged() => Interlocked.Exchange(ref _changed, false);

    /// <summary>The account's address by number.</summary>
    public Jid Jid => new(Number, Jid.PhoneServer);

    /// <summary>The account's other address, which hides the number.</summary>
    public Jid Lid => new(LidOf(Number), Jid.LidServer);

    /// <summary>The linked companion devices.</summary>
    public ImmutableArray<Device> Devices => _devices;

    /// <summary>The companion device with that number, or null.</summary>
    public Device? Device(ushort id) => _devices.FirstOrDefault(d => d.Id == id);

    /// <summary>Gives the next free device number and key index.</summary>
    /// <returns>Null if the phone has linked as many devices as it may.</returns>
    public (ushort Device, uint KeyIndex)? Reserve(int maxDevices)
    {
        lock (_gate)
        {
            if (_devices.Length >= maxDevices)
                return null;
            do
            {
                LastDevice = (ushort)(LastDevice % HighestDevice + 1);
            } while (_devices.Any(d => d.Id == LastDevice));
            Changed();
            return (LastDevice, ++KeyIndex);
        }
    }

    /// <summary>The numbers of the accounts that it has blocked.</summary>
    public IEnumerable<string> Blocked => _blocked.Keys;

    /// <summary>Whether it has blocked that account.</summary>
    public bool Blocks(string number) => _blocked.ContainsKey(number);

    /// <summary>Blocks an account, or takes it back.</summary>
    public void Block(string number, bool block)
    {
        if (block ? _blocked.TryAdd(number, 0) : _blocked.TryRemove(number, out _))
            Changed();
    }

    /// <summary>The account has talked with that one.</summary>
    public void Meet(string number)
    {
        if (number != Number && _contacts.TryAdd(number, 0))
            Changed();
    }

    /// <summary>Links a device.</summary>
    public void Add(Device device)
    {
        lock (_gate)
        {
            _devices = _devices.Add(device);
            Changed();
        }
    }

    /// <summary>Unlinks a device; false if it was not linked.</summary>
    public bool Remove(Device device)
    {
        lock (_gate)
        {
            var before = _devices.Length;
            _devices = _devices.Remove(device);
            Changed();
            return _devices.Length < before;
        }
    }

    /// <summary>A number's LID: 15 digits that are the same in every simulator.</summary>
    public static string LidOf(string number)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(number));
        var digits = BitConverter.ToUInt64(hash) % 900_000_000_000_000 + 100_000_000_000_000;
        return digits.ToString(CultureInfo.InvariantCulture);
    }
}
