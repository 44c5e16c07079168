namespace WaOperator.WhatsApp.AppState;

/// <summary>The keys of the phone by their id, each expanded once. Disposing zeroes them.</summary>
/// <param name="find">The 32 bytes of a key; null: the phone has not shared it.</param>
internal sealed class AppStateKeyring(Func<string, byte[]?> find) : IDisposable
{
    private readonly Dictionary<string, AppStateKeys> _expanded = [];

    /// <summary>The name under which a key is found.</summary>
    public static string Name(ReadOnlySpan<byte> keyId) => Convert.ToHexStringLower(keyId);

    /// <exception cref="AppStateException">The key is missing, or the id is none.</exception>
    public AppStateKeys Get(ReadOnlySpan<byte> keyId)
    {
        if (keyId.Length is 0 or > AppStateLimits.KeyIdSize)
            throw AppStateException.Malformed($"A key id has {keyId.Length} bytes.");
        var name = Name(keyId);
        if (_expanded.TryGetValue(name, out var keys))
            return keys;
        if (find(name) is not { } data)
            throw new AppStateException(
                AppStateFault.MissingKey,
                $"The phone has not shared the key {name}."
            )
            {
                KeyId = keyId.ToArray(),
            };
        if (data.Length != AppStateKeys.KeyDataSize)
            throw AppStateException.Malformed($"The key {name} has {data.Length} bytes.");
        return _expanded[name] = AppStateKeys.Expand(data);
    }

    public void Dispose()
    {
        foreach (var keys in _expanded.Values)
            keys.Dispose();
        _expanded.Clear();
    }
}
