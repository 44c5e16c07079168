namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// The identity key that an account's phone had until the server said that it has another one. It stands in the place of the Signal
/// sessions that ended by that, and until a session begins that shows the new key.
/// </summary>
/// <param name="key">32 bytes; public.</param>
internal sealed class FormerIdentity(byte[] key) : IRecord
{
    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key => key;

    /// <inheritdoc/>
    public long HeldBytes => 80 + key.Length;

    /// <inheritdoc/>
    public byte[] Serialize() => SessionStorage.Write(this);

    /// <inheritdoc/>
    public void Dispose() { }
}
