namespace WaOperator.SessionPod.Keys;

/// <summary>A session's keys in the versions that turn up while something is read; nearly always one.</summary>
/// <param name="keyring">The keys.</param>
/// <param name="tenant">The tenant's key in the database.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="known">One that is at hand; not disposed of here.</param>
internal sealed class AtRestCiphers(
    Keyring keyring,
    long tenant,
    long session,
    AtRestCipher? known = null
) : IDisposable
{
    private readonly List<AtRestCipher> _opened = [];

    /// <summary>The key in a version.</summary>
    /// <exception cref="InvalidDataException">The tenant's key is not there or does not open.</exception>
    public async ValueTask<AtRestCipher> OfAsync(int version, CancellationToken ct)
    {
        if (known?.Version == version)
            return known;
        foreach (var cipher in _opened)
            if (cipher.Version == version)
                return cipher;
        var made = await keyring.CipherAsync(tenant, session, version, ct);
        _opened.Add(made);
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cipher in _opened)
            cipher.Dispose();
        _opened.Clear();
    }
}
