using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Phones;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;

namespace WaOperator.Simulator.Handlers;

/// <summary>A new device that was scanned must show the account's passkey before it is linked.</summary>
/// <param name="Phone">Who scanned.</param>
/// <param name="HandoffKey">Ties the ceremony to the QR code; null: there was none, and the characters that were typed vouch for it.</param>
/// <param name="Options">What the browser is to sign.</param>
/// <param name="Challenge">What is in it; good once.</param>
/// <param name="Since">When the passkey was asked for.</param>
internal sealed record PasskeyDemand(
    Phone Phone,
    byte[]? HandoffKey,
    string Options,
    byte[] Challenge,
    long Since
)
{
    /// <summary>The reference that was given last.</summary>
    public string? Reference { get; set; }

    /// <summary>The challenge was used.</summary>
    public bool Used { get; set; }

    /// <summary>What the device said of itself, and what it committed itself to.</summary>
    public (byte[] Identity, byte[] Commitment)? Prologue { get; set; }

    /// <summary>Whether the device proved that it has the QR code's secret; else a person compares.</summary>
    public bool Proved { get; set; }

    /// <summary>The phone's part of the key.</summary>
    public KeyPair Ephemeral { get; } = KeyPair.Generate();

    /// <summary>The phone's nonce.</summary>
    public byte[] Nonce { get; } = RandomNumberGenerator.GetBytes(PasskeyCeremony.NonceSize);

    /// <summary>What the phone shows; null: the device has not revealed its nonce.</summary>
    public string? Code { get; set; }

    /// <summary>Completes when the person has found the same characters on the device.</summary>
    public TaskCompletionSource Compared { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the secret that the device handed over; null: it left.</summary>
    public TaskCompletionSource<byte[]?> Handed { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Linking with a passkey, between a scan and the phone's word: the server's checks of the assertion, and the phone's part of the key.
/// Strict: what is out of order, forged or repeated is refused.
/// </summary>
internal sealed class PasskeyPairing(WhatsAppServer server)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ProofLife = TimeSpan.FromMinutes(5);

    /// <summary>Demands the passkey of a device, and waits for the keys that it hands over.</summary>
    /// <param name="phone">Who scanned, or typed.</param>
    /// <param name="passkey">The account's passkey.</param>
    /// <param name="connection">The device.</param>
    /// <param name="advSecret">What the QR code carried; null: there was none.</param>
    /// <returns>The secret that the phone's word is to be authenticated by; null: the device left, or took too long.</returns>
    public async Task<byte[]?> RunAsync(
        Phone phone,
        Passkey passkey,
        Connection connection,
        byte[]? advSecret
    )
    {
        var challenge = RandomNumberGenerator.GetBytes(32);
        var demand = new PasskeyDemand(
            phone,
            advSecret is null ? null : PasskeyCeremony.HandoffKey(advSecret),
            passkey.Options(challenge, Timeout),
            challenge,
            server.Clock.Time.GetTimestamp()
        );
        connection.Registration!.Passkey = demand;
        connection.Expire(Timeout);
        server.Ledger.Count("passkeyDemands");
        connection.Send(
            Notification(PasskeyStanzas.Request, Bytes("passkey_request_options", demand.Options))
        );
        var limit = Task.Delay(Timeout, server.Clock.Time);
        if (await Task.WhenAny(demand.Handed.Task, limit) == limit)
            return null;
        if (await demand.Handed.Task is not { } secret)
            return null;
        if (!demand.Proved && demand.HandoffKey is not null)
            if (await Task.WhenAny(demand.Compared.Task, limit) == limit)
                return null;
        return secret;
    }

    /// <summary>Handles a query of a device of which a passkey may be demanded.</summary>
    /// <returns>Null: it is about something else.</returns>
    public BinaryNode? Answer(Connection connection, BinaryNode iq)
    {
        if (iq["xmlns"] != "md" || iq.FirstChild is not { } child)
            return null;
        Func<PasskeyDemand, Connection, BinaryNode, BinaryNode[]>? step = (
            iq["type"],
            child.Tag
        ) switch
        {
            ("get", "passkey_request_options") => static (demand, _, _) =>
                [Bytes("passkey_request_options", demand.Options)],
            ("get", "ref") => static (demand, _, _) => [Reference(demand)],
            ("set", "passkey_prologue") => Prologue,
            ("set", "companion_nonce") => Nonce,
            ("set", "encrypted_pairing_request") => Keys,
            _ => null,
        };
        if (step is null)
            return null;
        try
        {
            return connection.Registration!.Passkey is { } demand
                ? Stanzas.Result(iq, step(demand, connection, child))
                : throw RefusedException.BadRequest("no passkey is demanded");
        }
        catch (RefusedException e)
        {
            server.Ledger.Note("refusedPasskey", null, $"{child.Tag}: {e.Message}");
            return Stanzas.Error(iq, e.Code, e.Message);
        }
    }

    private static BinaryNode Reference(PasskeyDemand demand)
    {
        demand.Reference = "4@" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(33));
        return Bytes("ref", demand.Reference);
    }

    private BinaryNode[] Prologue(PasskeyDemand demand, Connection connection, BinaryNode node)
    {
        Strict.Only(
            node,
            [],
            ["credential_id", "webauthn_assertion", "prologue_payload", "pairing_handoff_proof"]
        );
        if (demand.Used || demand.Phone.Passkey is not { } passkey)
            throw RefusedException.BadRequest("the challenge was used");
        demand.Used = true;
        if (
            passkey.Fault(
                Required(node, "credential_id"),
                Required(node, "webauthn_assertion"),
                demand.Challenge
            ) is
            { } fault
        )
            throw RefusedException.BadRequest($"the assertion does not hold: {fault}");
        var payload = Required(node, "prologue_payload");
        demand.Prologue = ReadPrologue(payload, demand.Reference);
        demand.Proved = IsProved(demand, node.Child("pairing_handoff_proof")?.Bytes, payload);
        connection.Send(
            Notification(
                PasskeyStanzas.Continuation,
                new BinaryNode("primary_ephemeral_identity")
                {
                    Bytes = new PrimaryEphemeralIdentity
                    {
                        PublicKey = ByteString.CopyFrom(demand.Ephemeral.Public),
                        Nonce = ByteString.CopyFrom(demand.Nonce),
                    }.ToByteArray(),
                }
            )
        );
        return [];
    }

    private static (byte[] Identity, byte[] Commitment) ReadPrologue(
        byte[] payload,
        string? reference
    )
    {
        try
        {
            var prologue = ProloguePayload.Parser.ParseFrom(payload);
            var bytes = prologue.CompanionEphemeralIdentity.ToByteArray();
            var identity = CompanionEphemeralIdentity.Parser.ParseFrom(bytes);
            if (identity.PublicKey.Length != Curve25519.KeySize)
                throw RefusedException.BadRequest("an ephemeral key of 32 bytes expected");
            if (reference is null || identity.Ref != reference)
                throw RefusedException.BadRequest("another reference than the last one");
            if (prologue.Commitment?.Hash is not { Length: SHA256.HashSizeInBytes } commitment)
                throw RefusedException.BadRequest("a commitment of 32 bytes expected");
            return (bytes, commitment.ToByteArray());
        }
        catch (InvalidProtocolBufferException e)
        {
            throw RefusedException.BadRequest($"the prologue is malformed: {e.Message}");
        }
    }

    private bool IsProved(PasskeyDemand demand, byte[]? proof, byte[] payload)
    {
        if (proof is null || demand.HandoffKey is not { } key)
            return false;
        if (server.Clock.Time.GetElapsedTime(demand.Since) >= ProofLife)
            throw RefusedException.BadRequest("the proof has expired");
        return CryptographicOperations.FixedTimeEquals(PasskeyCeremony.Proof(key, payload), proof)
            ? true
            : throw RefusedException.BadRequest("the proof is wrong");
    }

    private static BinaryNode[] Nonce(PasskeyDemand demand, Connection _, BinaryNode node)
    {
        if (demand.Prologue is not var (identity, commitment) || demand.Code is not null)
            throw RefusedException.BadRequest("a nonce is not expected now");
        if (
            node.Bytes is not { Length: PasskeyCeremony.NonceSize } nonce
            || !PasskeyCeremony.Commitment(identity, nonce).AsSpan().SequenceEqual(commitment)
        )
            throw RefusedException.BadRequest("not the nonce that was committed to");
        demand.Code = PasskeyCeremony.Code(demand.Nonce, nonce, demand.Ephemeral.Public);
        return [];
    }

    private static BinaryNode[] Keys(PasskeyDemand demand, Connection connection, BinaryNode node)
    {
        if (demand.Code is null || demand.Handed.Task.IsCompleted)
            throw RefusedException.BadRequest("keys are not expected now");
        var identity = CompanionEphemeralIdentity.Parser.ParseFrom(demand.Prologue!.Value.Identity);
        try
        {
            var request = PhonePasskey.Open(demand.Ephemeral, identity, node.Bytes ?? []);
            var registration = connection.Registration!;
            if (
                !request.CompanionPublicKey.Span.SequenceEqual(registration.NoiseKey)
                || !request.CompanionIdentityKey.Span.SequenceEqual(registration.Identity)
                || request.AdvSecret.Length != 32
            )
                throw RefusedException.BadRequest("other keys than those of the device");
            if (identity.DeviceType != registration.DeviceType)
                throw RefusedException.BadRequest("another type than the device registered with");
            demand.Handed.TrySetResult(request.AdvSecret.ToByteArray());
            return [];
        }
        catch (Exception e) when (e is CryptographicException or InvalidProtocolBufferException)
        {
            throw RefusedException.BadRequest($"the keys cannot be read: {e.Message}");
        }
    }

    private static byte[] Required(BinaryNode node, string name) =>
        node.Child(name)?.Bytes is { Length: > 0 } bytes
            ? bytes
            : throw RefusedException.BadRequest($"{name} expected");

    private static BinaryNode Bytes(string tag, string text) =>
        new(tag) { Bytes = Encoding.UTF8.GetBytes(text) };

    private BinaryNode Notification(string type, BinaryNode child) =>
        new("notification")
        {
            ["from"] = Stanzas.Server,
            ["type"] = type,
            ["id"] = Stanzas.NewId(),
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            Children = [child],
        };
}
