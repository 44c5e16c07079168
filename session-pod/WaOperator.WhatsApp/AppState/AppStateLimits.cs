namespace WaOperator.WhatsApp.AppState;

/// <summary>The most that is believed of what the phone writes; far above what accounts have.</summary>
internal static class AppStateLimits
{
    /// <summary>Mutations of one patch, those of its external blob included.</summary>
    public const int Mutations = 20_000;

    /// <summary>Records of a snapshot: a phone with 100,000 contacts has as many.</summary>
    public const int Records = 200_000;

    /// <summary>Bytes of a patch, or of its external blob.</summary>
    public const int PatchSize = 16 * 1024 * 1024;

    /// <summary>Bytes of a snapshot.</summary>
    public const int SnapshotSize = 64 * 1024 * 1024;

    /// <summary>Bytes of one encrypted value; a chat's message range is the longest.</summary>
    public const int ValueSize = 256 * 1024;

    /// <summary>Bytes of an index in JSON.</summary>
    public const int IndexSize = 4 * 1024;

    /// <summary>Texts in an index.</summary>
    public const int IndexParts = 16;

    /// <summary>Keys in one share of the phone, or in one patch or snapshot.</summary>
    public const int Keys = 1_000;

    /// <summary>Bytes of a key's id.</summary>
    public const int KeyIdSize = 64;
}
