namespace WaOperator.WhatsApp.Signal;

/// <summary>What an encryption gave. Store <paramref name="Record"/> before the message leaves.</summary>
/// <param name="IsPreKeyMessage">True: enc type "pkmsg", which goes with our device-identity; false: "msg".</param>
/// <param name="Message">The bytes for the wire.</param>
/// <param name="Record">The sessions after this message. The record given stays valid and is the caller's to dispose.</param>
internal sealed record Encrypted(bool IsPreKeyMessage, byte[] Message, SessionRecord Record);

/// <summary>What a decryption gave. Store <paramref name="Record"/> and the message in one transaction before acting on it.</summary>
/// <param name="Plaintext">The message, still padded: see <see cref="MessagePadding"/>.</param>
/// <param name="Record">The sessions after this message. The record given stays valid and is the caller's to dispose.</param>
/// <param name="UsedPreKeyId">The one-time prekey to delete in the same transaction; null if none was used.</param>
internal sealed record Decrypted(byte[] Plaintext, SessionRecord Record, uint? UsedPreKeyId = null);
