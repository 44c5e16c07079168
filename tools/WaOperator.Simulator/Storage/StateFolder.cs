using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Groups;
using WaOperator.Simulator.PhoneState;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Storage;

/// <summary>
/// Keeps phones in files, one a phone, groups in another one, and what waits in a log. What someone relies on (devices, prekeys,
/// groups, mailboxes) is written before it is told; the rest (names, contacts) twice a second and when the simulator stops.
/// </summary>
internal sealed class StateFolder(WhatsAppServer server, string? path) : IDisposable
{
    private readonly Lock _gate = new();
    private MailboxLog? _log;

    private const string PhoneFiles = "phone-*.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read; says which.</exception>
    public void Load()
    {
        if (path is null)
            return;
        Directory.CreateDirectory(path);
        foreach (var file in Directory.EnumerateFiles(path, PhoneFiles))
            server.Directory.Add(Read<StoredPhone>(file).ToPhone());
        if (File.Exists(GroupsFile))
        {
            foreach (var group in Read<Group[]>(GroupsFile))
                server.Groups.Restore(group);
        }
        var devices = server.Directory.Devices.ToDictionary(d => d.Key, StringComparer.Ordinal);
        var orphans = new List<long>();
        _log = MailboxLog.Load(
            Path.Combine(path, "mailboxes.log"),
            (key, pending) =>
            {
                if (devices.TryGetValue(key, out var device))
                    device.Mailbox.Restore(pending);
                else
                    orphans.Add(pending.Seq);
            }
        );
        orphans.ForEach(_log.Remove);
        foreach (var device in devices.Values)
            device.Mailbox.Keep(_log, device.Key);
        server.Directory.MailboxLog = _log;
        server.Directory.Persist = Save;
        server.Groups.Persist = SaveGroups;
    }

    /// <summary>Writes what changed since the last time.</summary>
    public void Save()
    {
        if (path is null)
            return;
        foreach (var phone in server.Directory.Phones)
            Save(phone);
    }

    /// <inheritdoc/>
    public void Dispose() => _log?.Dispose();

    private void Save(Phone phone)
    {
        lock (_gate)
        {
            // The mark is taken before the content, so that a change in between is written next time.
            if (phone.TakeChanged())
                AtomicFile.Write(
                    FileOf(phone),
                    JsonSerializer.SerializeToUtf8Bytes(StoredPhone.Of(phone), Json)
                );
        }
    }

    private void SaveGroups()
    {
        lock (_gate)
            AtomicFile.Write(
                GroupsFile,
                JsonSerializer.SerializeToUtf8Bytes(server.Groups.All, Json)
            );
    }

    /// <summary>Forgets a phone.</summary>
    public void Delete(Phone phone)
    {
        if (path is not null)
            File.Delete(FileOf(phone));
    }

    private string GroupsFile => Path.Combine(path!, "groups.json");

    private string FileOf(Phone phone) => Path.Combine(path!, $"phone-{phone.Number}.json");

    private static T Read<T>(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(file), Json)
                ?? throw new InvalidDataException($"{file} is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A phone as it is stored.</summary>
internal sealed record StoredPhone(
    string Number,
    string Name,
    byte[] IdentityPrivate,
    uint RegistrationId,
    uint RawId,
    SignedPreKey SignedPreKey,
    uint KeyIndex,
    ushort LastDevice,
    int? MaxDevices,
    string[] Contacts,
    string[]? Blocked,
    string? About,
    Picture? Picture,
    long AboutAt,
    Dictionary<string, string>? Privacy,
    long DefaultTimer,
    bool JoinsByInviteOnly,
    StoredDevice[] Devices,
    byte[]? SignedPreKeyPrivate = null,
    JsonElement? State = null
)
{
    public static StoredPhone Of(Phone phone) =>
        new(
            phone.Number,
            phone.Name,
            phone.Identity.Private,
            phone.RegistrationId,
            phone.RawId,
            phone.SignedPreKey,
            phone.KeyIndex,
            phone.LastDevice,
            phone.MaxDevices,
            [.. phone.Contacts],
            [.. phone.Blocked],
            phone.About,
            phone.Picture,
            phone.AboutAt,
            new(phone.Privacy),
            phone.DefaultTimer,
            phone.JoinsByInviteOnly,
            [.. phone.Devices.Select(StoredDevice.Of)],
            phone.SignedPreKeyPrivate,
            StateOf(phone)
        );

    public Phone ToPhone()
    {
        var phone = new Phone
        {
            Number = Number,
            Name = Name,
            Keys = new(
                KeyPair.FromPrivate(IdentityPrivate),
                RegistrationId,
                RawId,
                SignedPreKey,
                SignedPreKeyPrivate
            ),
            KeyIndex = KeyIndex,
            LastDevice = LastDevice,
            MaxDevices = MaxDevices,
            About = About ?? "",
            Picture = Picture,
            AboutAt = AboutAt,
            DefaultTimer = DefaultTimer,
            JoinsByInviteOnly = JoinsByInviteOnly,
            State = State?.Deserialize<AccountState>(),
        };
        foreach (var contact in Contacts)
            phone.Meet(contact);
        foreach (var (category, value) in Privacy ?? [])
            phone.Privacy[category] = value;
        foreach (var blocked in Blocked ?? [])
            phone.Block(blocked, block: true);
        foreach (var device in Devices)
            phone.Add(device.ToDevice(phone));
        phone.TakeChanged();
        return phone;
    }

    /// <summary>Written while it does not change.</summary>
    private static JsonElement? StateOf(Phone phone)
    {
        if (phone.State is not { } state)
            return null;
        lock (state.Gate)
            return JsonSerializer.SerializeToElement(state);
    }
}

/// <summary>A device as it is stored.</summary>
internal sealed record StoredDevice(
    ushort Id,
    uint KeyIndex,
    byte[] NoiseKey,
    byte[] Identity,
    uint RegistrationId,
    string Platform,
    DateTimeOffset LinkedAt,
    SignedPreKey SignedPreKey,
    byte[] PreKeys,
    long PreKeysUploaded
)
{
    public static StoredDevice Of(Device device)
    {
        lock (device.Gate)
        {
            return new(
                device.Id,
                device.KeyIndex,
                device.NoiseKey,
                device.Identity,
                device.RegistrationId,
                device.Platform,
                device.LinkedAt,
                device.SignedPreKey,
                device.PreKeys.Packed.ToArray(),
                device.PreKeysUploaded
            );
        }
    }

    public Device ToDevice(Phone phone) =>
        new()
        {
            Phone = phone,
            Id = Id,
            KeyIndex = KeyIndex,
            NoiseKey = NoiseKey,
            Identity = Identity,
            RegistrationId = RegistrationId,
            Platform = Platform,
            LinkedAt = LinkedAt,
            SignedPreKey = SignedPreKey,
            PreKeys = PreKeyPool.Unpack(PreKeys),
            PreKeysUploaded = PreKeysUploaded,
        };
}
