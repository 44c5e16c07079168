using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Groups;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Storage;

/// <summary>
/// Keeps phones and groups in files, one a phone. What changed is written twice a second and when the simulator
/// stops; a simulator that is killed can lose the last half second.
/// </summary>
public sealed class StateFolder(WhatsAppServer server, string? path)
{
    private const string PhoneFiles = "phone-*.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read; says which.</exception>
    public void Load()
    {
        if (path is null || !Directory.Exists(path))
            return;
        foreach (var file in Directory.EnumerateFiles(path, PhoneFiles))
            server.Directory.Add(Read<StoredPhone>(file).ToPhone());
        if (File.Exists(GroupsFile))
        {
            foreach (var group in Read<Group[]>(GroupsFile))
                server.Groups.Restore(group);
        }
    }

    /// <summary>Writes what changed since the last time.</summary>
    public void Save()
    {
        if (path is null)
            return;
        // The mark is taken before the content, so that a change in between is written next time.
        foreach (var phone in server.Directory.Phones.Where(p => p.TakeChanged()))
        {
            AtomicFile.Write(
                FileOf(phone),
                JsonSerializer.SerializeToUtf8Bytes(StoredPhone.Of(phone), Json)
            );
        }
        if (server.Groups.TakeChanged())
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
    StoredDevice[] Devices
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
            [.. phone.Devices.Select(StoredDevice.Of)]
        );

    public Phone ToPhone()
    {
        var phone = new Phone
        {
            Number = Number,
            Name = Name,
            Identity = KeyPair.FromPrivate(IdentityPrivate),
            RegistrationId = RegistrationId,
            RawId = RawId,
            SignedPreKey = SignedPreKey,
            KeyIndex = KeyIndex,
            LastDevice = LastDevice,
            MaxDevices = MaxDevices,
            About = About ?? "",
        };
        foreach (var contact in Contacts)
            phone.Meet(contact);
        foreach (var blocked in Blocked ?? [])
            phone.Block(blocked, block: true);
        foreach (var device in Devices)
            phone.Add(device.ToDevice(phone));
        phone.TakeChanged();
        return phone;
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
    long PreKeysUploaded,
    StoredPending[] Mailbox
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
                device.PreKeysUploaded,
                [
                    .. device.Mailbox.All.Select(p => new StoredPending(
                        p.Class,
                        p.Id,
                        p.From,
                        BinaryEncoder.Encode(p.Stanza)
                    )),
                ]
            );
        }
    }

    public Device ToDevice(Phone phone)
    {
        var device = new Device
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
        foreach (var pending in Mailbox)
            device.Mailbox.Add(
                new(pending.Class, pending.Id, pending.From, BinaryDecoder.Decode(pending.Stanza))
            );
        return device;
    }
}

/// <summary>A stanza that waits, as it is stored.</summary>
internal sealed record StoredPending(string Class, string Id, string From, byte[] Stanza);
