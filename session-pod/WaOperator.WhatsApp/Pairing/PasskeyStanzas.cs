using System.Text;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>The phone's part of a key, and its nonce.</summary>
internal sealed record PhoneEphemeral(byte[] PublicKey, byte[] Nonce);

/// <summary>The stanzas of linking with a passkey. Pure.</summary>
internal static class PasskeyStanzas
{
    /// <summary>The type of the notification that demands the passkey.</summary>
    public const string Request = "passkey_prologue_request";

    /// <summary>The type of the notification that brings the phone's part.</summary>
    public const string Continuation = "crsc_continuation";

    private const string OptionsTag = "passkey_request_options";
    private const int MostOptions = 32 * 1024;

    /// <summary>The options as the server gave them; null: there are none that could be read.</summary>
    public static string? ReadOptions(BinaryNode node)
    {
        if (node.Child(OptionsTag)?.Bytes is not { Length: > 0 and <= MostOptions } bytes)
            return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Asks for options that did not come with the demand.</summary>
    public static BinaryNode GetOptions() => Stanzas.Iq("get", "md", new BinaryNode(OptionsTag));

    /// <summary>Asks for a reference for the ceremony.</summary>
    public static BinaryNode GetReference() => Stanzas.Iq("get", "md", new BinaryNode("ref"));

    /// <summary>The reference; null: there is none that could be used.</summary>
    public static string? ReadReference(BinaryNode answer) =>
        answer.Child("ref")?.Text is { Length: > 0 and <= 512 } text ? text : null;

    /// <summary>The passkey's answer and the device's commitment.</summary>
    /// <param name="assertion">What the passkey signed.</param>
    /// <param name="payload">What the device says of itself.</param>
    /// <param name="proof">Ties it to the QR code; null: a person compares codes instead.</param>
    public static BinaryNode Prologue(PasskeyAssertion assertion, byte[] payload, byte[]? proof) =>
        Stanzas.Iq(
            "set",
            "md",
            new BinaryNode("passkey_prologue")
            {
                Children =
                [
                    new("credential_id") { Bytes = assertion.CredentialId },
                    new("webauthn_assertion") { Bytes = assertion.Json },
                    new("prologue_payload") { Bytes = payload },
                    .. proof is null
                        ? []
                        : new[] { new BinaryNode("pairing_handoff_proof") { Bytes = proof } },
                ],
            }
        );

    /// <summary>The phone's part; null where it has none that could be used.</summary>
    public static PhoneEphemeral? ReadContinuation(BinaryNode notification)
    {
        if (notification.Child("primary_ephemeral_identity")?.Bytes is not { } bytes)
            return null;
        try
        {
            var identity = PrimaryEphemeralIdentity.Parser.ParseFrom(bytes);
            return
                identity.PublicKey.Length == Curve25519.KeySize
                && identity.Nonce.Length == PasskeyCeremony.NonceSize
                ? new(identity.PublicKey.ToByteArray(), identity.Nonce.ToByteArray())
                : null;
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            return null;
        }
    }

    /// <summary>Shows the nonce that the device committed itself to.</summary>
    public static BinaryNode Reveal(byte[] nonce) =>
        Stanzas.Iq("set", "md", new BinaryNode("companion_nonce") { Bytes = nonce });

    /// <summary>Hands the device's keys over.</summary>
    public static BinaryNode Finish(byte[] request) =>
        Stanzas.Iq("set", "md", new BinaryNode("encrypted_pairing_request") { Bytes = request });
}
