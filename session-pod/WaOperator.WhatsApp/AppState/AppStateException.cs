namespace WaOperator.WhatsApp.AppState;

/// <summary>Why a patch or snapshot is not applied.</summary>
internal enum AppStateFault
{
    /// <summary>Its bytes are not what they should be, or more than is believed.</summary>
    Malformed,

    /// <summary>The phone has not shared the key yet: it can be applied when it has.</summary>
    MissingKey,

    /// <summary>It does not follow the version that is in force.</summary>
    WrongVersion,

    /// <summary>A value, or the index that it names, was not made with the key.</summary>
    WrongValueMac,

    /// <summary>The whole state is not the one that its writer had.</summary>
    WrongSnapshotMac,

    /// <summary>Mutations are missing, in another order, or too many.</summary>
    WrongPatchMac,
}

/// <summary>A patch or snapshot cannot be applied; nothing of it was.</summary>
internal sealed class AppStateException(
    AppStateFault fault,
    string message,
    Exception? inner = null
) : Exception(message, inner)
{
    public AppStateFault Fault { get; } = fault;

    /// <summary>Of <see cref="AppStateFault.MissingKey"/>: which.</summary>
    public byte[]? KeyId { get; init; }

    public static AppStateException Malformed(string message, Exception? inner = null) =>
        new(AppStateFault.Malformed, message, inner);
}
