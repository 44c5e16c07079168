namespace WaOperator.WhatsApp.Baileys;

/// <summary>Which number is a LID, and of whom. Learns first, answers later.</summary>
internal sealed class AddressBook
{
    public const byte LidDomain = 1;

    private readonly Dictionary<string, string> _lids = [];
    private readonly Dictionary<string, string> _phones = [];
    private readonly HashSet<string> _knownLids = [];

    /// <summary>Phone numbers with their LIDs, each number and each LID once.</summary>
    public IEnumerable<(string Phone, string Lid)> Pairs =>
        _lids.Select(pair => (pair.Key, pair.Value));

    /// <summary>Notes a pair; what was noted before stands.</summary>
    public void AddPair(string phone, string lid)
    {
        _knownLids.Add(lid);
        if (!_lids.ContainsKey(phone) && _phones.TryAdd(lid, phone))
            _lids.Add(phone, lid);
    }

    public void AddLid(string lid) => _knownLids.Add(lid);

    /// <summary>The addresses under which a device may be spoken of here; more than one where it is not known which.</summary>
    public IEnumerable<Jid> AddressesOf(BaileysAddress device)
    {
        if (device.Domain != 0)
            return [device.As(device.Domain)];
        if (_knownLids.Contains(device.User))
            return [device.As(LidDomain)];
        if (_lids.TryGetValue(device.User, out var lid))
            return [(device with { User = lid }).As(LidDomain)];
        return [device.As(0), device.As(LidDomain)];
    }

    /// <summary>The address by LID where it is known.</summary>
    public Jid Canonical(Jid jid) =>
        jid.IsPhone && _lids.TryGetValue(jid.User, out var lid)
            ? jid with
            {
                User = lid,
                Server = Jid.LidServer,
            }
            : jid;
}
