using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>What the phone says after the code was typed into it.</summary>
/// <param name="Reference">Names the pairing.</param>
/// <param name="WrappedEphemeral">The phone's ephemeral key, encrypted by the code.</param>
/// <param name="Identity">The account's identity key.</param>
internal sealed record PhoneHello(byte[] Reference, byte[] WrappedEphemeral, byte[] Identity);

/// <summary>The stanzas of pairing by code. Pure.</summary>
internal static class CodeStanzas
{
    public const string Notification = "link_code_companion_reg";

    private const string Registration = "link_code_companion_reg";
    private const string Reference = "link_code_pairing_ref";
    private const string WrappedKey = "link_code_pairing_wrapped_primary_ephemeral_pub";

    /// <summary>The server knows a few names of browsers and systems and refuses others.</summary>
    private const string Display = "Chrome (Linux)";

    /// <summary>Chrome, as in the QR code.</summary>
    private static ReadOnlySpan<byte> Platform => "1"u8;

    /// <summary>Begins a pairing: the phone shows where to type the code.</summary>
    public static BinaryNode Hello(string phone, byte[] wrapped, byte[] noiseKey) =>
        Stage(
            phone,
            "companion_hello",
            pushes: true,
            new BinaryNode("link_code_pairing_wrapped_companion_ephemeral_pub") { Bytes = wrapped },
            new BinaryNode("companion_server_auth_key_pub") { Bytes = noiseKey },
            new BinaryNode("companion_platform_id") { Bytes = Platform.ToArray() },
            new BinaryNode("companion_platform_display")
            {
                Bytes = System.Text.Encoding.UTF8.GetBytes(Display),
            },
            new BinaryNode("link_code_pairing_nonce") { Bytes = [0] }
        );

    /// <summary>The device's proof.</summary>
    public static BinaryNode Finish(
        string phone,
        byte[] bundle,
        byte[] identity,
        byte[] reference
    ) =>
        Stage(
            phone,
            "companion_finish",
            pushes: false,
            new BinaryNode("link_code_pairing_wrapped_key_bundle") { Bytes = bundle },
            new BinaryNode("companion_identity_public") { Bytes = identity },
            new BinaryNode(Reference) { Bytes = reference }
        );

    /// <summary>The reference in the server's answer to the hello.</summary>
    public static byte[]? ReadReference(BinaryNode answer) =>
        answer.Child(Registration)?.Child(Reference)?.Bytes is { Length: > 0 and <= 512 } bytes
            ? bytes
            : null;

    /// <summary>True if the server wants a new code.</summary>
    public static bool IsRefresh(BinaryNode notification) =>
        notification.Child(Registration)?["stage"] == "refresh_code";

    /// <summary>True for a word of the phone without its part of the key: the account demands its passkey in its place.</summary>
    public static bool IsWithoutKey(BinaryNode notification) =>
        notification.Child(Registration) is { } node
        && node.Child(Reference) is not null
        && node.Child(WrappedKey) is null;

    /// <summary>The phone's hello, or null if it is none.</summary>
    public static PhoneHello? ReadHello(BinaryNode notification) =>
        notification.Child(Registration) is { } node
        && node.Child(Reference)?.Bytes is { Length: > 0 and <= 512 } reference
        && node.Child(WrappedKey)?.Bytes is { Length: LinkCode.WrappedSize } wrapped
        && node.Child("primary_identity_pub")?.Bytes is { Length: Curve25519.KeySize } identity
            ? new(reference, wrapped, identity)
            : null;

    private static BinaryNode Stage(
        string phone,
        string stage,
        bool pushes,
        params BinaryNode[] parts
    ) =>
        Stanzas.Iq(
            "set",
            "md",
            new BinaryNode(Registration)
            {
                ["jid"] = new Jid(phone, Jid.PhoneServer).ToString(),
                ["stage"] = stage,
                ["should_show_push_notification"] = pushes ? "true" : null,
                Children = parts,
            }
        );
}
