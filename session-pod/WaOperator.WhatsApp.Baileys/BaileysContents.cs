using System.Globalization;
using System.Text;
using System.Text.Json;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>Gathers what the files hold, in any order, and then makes records of it.</summary>
internal sealed class BaileysContents
{
    private readonly AddressBook _book = new();
    private readonly List<(string Phone, string Lid)> _reverse = [];
    private readonly SortedDictionary<uint, PreKey> _preKeys = [];
    private readonly List<(BaileysAddress Device, List<BaileysSession> Sessions)> _sessions = [];
    private readonly List<(Jid Group, BaileysAddress Sender, SenderKeyRecord Keys)> _senderKeys =
    [];
    private readonly List<(Jid Group, List<Jid> Devices)> _holders = [];
    private readonly List<IgnoredFile> _ignored = [];
    private DeviceCredentials? _credentials;

    /// <exception cref="ImportException">The file is damaged.</exception>
    public void Add(BaileysFile file)
    {
        if (file.Name == BaileysFolder.CredentialsFile)
        {
            Parse(file, root => _credentials = BaileysCredentials.Read(root));
            return;
        }
        if (BaileysName.Parse(file.Name, out var reason) is not { } name)
        {
            _ignored.Add(new(file.Name, reason));
            return;
        }
        Parse(file, root => Add(name, root));
    }

    /// <exception cref="ImportException">There were no credentials.</exception>
    public BaileysImport Finish()
    {
        var credentials =
            _credentials
            ?? throw new ImportException(
                BaileysFolder.CredentialsFile,
                "",
                "is not there: this is not an auth folder of Baileys"
            );
        if (credentials is { Me: { } me, Lid: { } lid })
            _book.AddPair(me.User, lid.User);
        // Baileys leaves the way back in place when a number gets another LID: the way there counts.
        foreach (var (phone, known) in _reverse)
            _book.AddPair(phone, known);
        return new()
        {
            Credentials = credentials,
            PreKeys = PreKeysOf(credentials),
            Records =
            [
                .. SessionRecords(),
                .. SenderKeyRecords(),
                .. HolderRecords(credentials),
                .. LidRecords(),
            ],
            Ignored = [.. _ignored.OrderBy(file => file.Name, StringComparer.Ordinal)],
        };
    }

    private static void Parse(BaileysFile file, Action<Field> read)
    {
        using var document = JsonFile.Parse(file.Name, "", file.Content);
        read(new(file.Name, "", document.RootElement));
    }

    private void Add(BaileysName name, Field file)
    {
        switch (name.Type)
        {
            case BaileysName.PreKey:
                AddPreKey(name.Id, file);
                break;
            case BaileysName.Session:
                AddSessions(name.Id, file);
                break;
            case BaileysName.SenderKey:
                AddSenderKey(name.Id, file);
                break;
            case BaileysName.SenderKeyMemory:
                AddHolders(name.Id, file);
                break;
            default:
                AddLid(name.Id, file);
                break;
        }
    }

    private void AddPreKey(string id, Field file)
    {
        if (
            !uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is 0 or > BaileysCredentials.MaxKeyId
        )
            throw file.Bad("the name has no prekey's number (pre-key-NUMBER.json)");
        _preKeys[number] = new(number, BaileysCredentials.Pair(file));
    }

    private void AddSessions(string id, Field file)
    {
        var dot = id.LastIndexOf('.');
        if (dot < 0 || !BaileysAddress.TryParse(id[..dot], id[(dot + 1)..], out var device))
            throw file.Bad("the name has no device (session-USER.DEVICE.json)");
        var sessions = BaileysSession.Read(file);
        if (sessions.Count > 0)
            _sessions.Add((device, sessions));
        else
            _ignored.Add(new(file.File, "it holds no session"));
    }

    private void AddSenderKey(string id, Field file)
    {
        if (
            id.Split("--") is not [var groupId, var user, var number]
            || !Jid.TryParse(groupId, out var group)
            || !BaileysAddress.TryParse(user, number, out var sender)
        )
            throw file.Bad(
                "the name has no group and device (sender-key-GROUP--USER--DEVICE.json)"
            );
        if (BaileysSenderKey.Read(file) is { } keys)
            _senderKeys.Add((group, sender, keys));
        else
            _ignored.Add(new(file.File, "it holds no key"));
    }

    private void AddHolders(string id, Field file)
    {
        if (!Jid.TryParse(id, out var group))
            throw file.Bad("the name has no group (sender-key-memory-GROUP.json)");
        var devices = new List<Jid>();
        foreach (var (name, has) in file.Members())
        {
            if (!Jid.TryParse(name, out var device))
                throw has.Bad("is not named by an address");
            if (device.IsLid)
                _book.AddLid(device.User);
            if (has.Value.ValueKind == JsonValueKind.True)
                devices.Add(device);
        }
        _holders.Add((group, devices));
    }

    private void AddLid(string id, Field file)
    {
        var isReverse = id.EndsWith(BaileysName.Reverse, StringComparison.Ordinal);
        var from = isReverse ? id[..^BaileysName.Reverse.Length] : id;
        var to = file.Text();
        if (!IsUser(from))
            throw file.Bad("the name has no number (lid-mapping-NUMBER.json)");
        if (!IsUser(to))
            throw file.Bad("holds no number");
        if (isReverse)
            _reverse.Add((to, from));
        else
            _book.AddPair(from, to);
    }

    private static bool IsUser(string text) =>
        BaileysAddress.TryParse(text, "0", out var address) && address.Domain == 0;

    private List<PreKey> PreKeysOf(DeviceCredentials credentials)
    {
        var keys = new List<PreKey>();
        foreach (var (id, key) in _preKeys)
        {
            if (id < credentials.NextPreKeyId)
                keys.Add(key);
            else
                // Made but not counted when Baileys was killed: never told to the server, and made again.
                _ignored.Add(
                    new($"{BaileysName.PreKey}{id}.json", "it is not counted by nextPreKeyId")
                );
        }
        return keys;
    }

    /// <summary>One record for each device: what was kept under its number and under its LID belongs together.</summary>
    private IEnumerable<RecordWrite> SessionRecords() =>
        _sessions
            .SelectMany(file =>
                _book.AddressesOf(file.Device).Select(address => (address, file.Sessions))
            )
            .GroupBy(file => file.address, file => file.Sessions)
            .Select(device => new RecordWrite(
                RecordNames.Session(device.Key),
                BaileysSession.Join(device.SelectMany(sessions => sessions)).Serialize()
            ));

    private IEnumerable<RecordWrite> SenderKeyRecords() =>
        _senderKeys
            .SelectMany(file =>
                _book
                    .AddressesOf(file.Sender)
                    .Select(sender => (Key: RecordNames.SenderKey(file.Group, sender), file.Keys))
            )
            .GroupBy(file => file.Key, file => file.Keys)
            .Select(sender => new RecordWrite(
                sender.Key,
                BaileysSenderKey.Join(sender).Serialize()
            ));

    /// <summary>Who has our key of a group; without the key itself a new one is made and given anyway.</summary>
    private IEnumerable<RecordWrite> HolderRecords(DeviceCredentials credentials)
    {
        var us = _book.Canonical(credentials.Me!.Value);
        foreach (var (group, devices) in _holders.DistinctBy(holders => holders.Group))
        {
            var ours = _senderKeys.Find(key =>
                key.Group == group
                && key.Keys.CanEncrypt
                && _book.AddressesOf(key.Sender).Contains(us)
            );
            if (ours.Keys is { } keys)
                yield return new(
                    RecordNames.SenderKeyHolders(group),
                    new KeyHolders(
                        keys.KeyId,
                        devices.Select(_book.Canonical).ToHashSet()
                    ).Serialize()
                );
        }
    }

    private IEnumerable<RecordWrite> LidRecords()
    {
        foreach (var (phone, lid) in _book.Pairs)
        {
            var (byPhone, byLid) = (new Jid(phone, Jid.PhoneServer), new Jid(lid, Jid.LidServer));
            yield return new(RecordNames.Lid(byPhone), Encoding.UTF8.GetBytes(byLid.ToString()));
            yield return new(RecordNames.Lid(byLid), Encoding.UTF8.GetBytes(byPhone.ToString()));
        }
    }
}
