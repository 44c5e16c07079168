using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>What a Baileys auth folder holds, in the form that this library's stores take. It holds private keys.</summary>
public sealed record BaileysImport
{
    /// <summary>The device.</summary>
    public required DeviceCredentials Credentials { get; init; }

    /// <summary>Its one-time prekeys, by id in ascending order.</summary>
    public required IReadOnlyList<PreKey> PreKeys { get; init; }

    /// <summary>Signal sessions, sender keys, who has ours, and which phone number has which LID; each key once.</summary>
    public required IReadOnlyList<RecordWrite> Records { get; init; }

    /// <summary>Files that were not used, and why, by name.</summary>
    public required IReadOnlyList<IgnoredFile> Ignored { get; init; }

    /// <summary>Credentials and prekeys as <see cref="IDeviceStore"/> takes them.</summary>
    public PreKeyBatch Batch => new(Credentials, PreKeys);

    /// <summary>The records as <see cref="IMessageStore"/> takes them.</summary>
    public DeviceChange Change => new() { Records = Records };
}

/// <summary>A file that was not used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record IgnoredFile(string Name, string Reason);
