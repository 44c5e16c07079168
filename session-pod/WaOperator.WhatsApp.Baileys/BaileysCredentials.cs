using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>creds.json and pre-key-N.json.</summary>
internal static class BaileysCredentials
{
    public const uint MaxKeyId = 16_777_215;

    private const int MaxBytes = 4_096;
    private const int SecretSize = 32;

    /// <exception cref="ImportException">Damaged, or of a device that was never paired.</exception>
    public static DeviceCredentials Read(Field creds)
    {
        if (creds.Optional("me") is not { } me || creds.Optional("account") is not { } account)
            throw creds.Bad("lacks me and account: the device was never linked to a phone");
        var identity = Pair(creds["signedIdentityKey"]);
        var read = new DeviceCredentials
        {
            NoiseKey = Pair(creds["noiseKey"]),
            PairingEphemeralKey = creds.Optional("pairingEphemeralKeyPair") is { } pairing
                ? Pair(pairing)
                // It serves the pairing only; releases before it had none.
                : KeyPair.Generate(),
            IdentityKey = identity,
            SignedPreKey = ReadSignedPreKey(creds["signedPreKey"], identity),
            RegistrationId = (int)creds["registrationId"].Number(0, int.MaxValue),
            AdvSecret = creds["advSecretKey"].Exactly(SecretSize),
            NextPreKeyId = KeyId(creds["nextPreKeyId"]),
            FirstUnuploadedPreKeyId = KeyId(creds["firstUnuploadedPreKeyId"]),
            Account = ReadAccount(account, identity),
            Me = Address(me["id"], Jid.PhoneServer),
            Lid = me.Optional("lid") is { } lid ? Address(lid, Jid.LidServer) : null,
            PushName = me.Optional("name")?.Text(),
            Platform = creds.Optional("platform")?.Text(),
            RoutingInfo = creds.Optional("routingInfo")?.Bytes(MaxBytes),
            LastPropHash = creds.Optional("lastPropHash")?.Text(),
            AppStateKeyId = creds.Optional("myAppStateKeyId")?.Text(),
        };
        if (read.Lid is { } known && known.Device != read.Me!.Value.Device)
            throw creds.Bad("me.id and me.lid name different devices");
        return read;
    }

    /// <summary>{"private", "public"}.</summary>
    /// <exception cref="ImportException">Damaged.</exception>
    public static KeyPair Pair(Field field) => BaileysKeys.Pair(field, "private", "public");

    private static uint KeyId(Field field) => (uint)field.Number(1, MaxKeyId);

    private static SignedPreKey ReadSignedPreKey(Field field, KeyPair identity)
    {
        var key = Pair(field["keyPair"]);
        var signature = field["signature"].Exactly(XEdDsa.SignatureSize);
        if (!XEdDsa.Verify(identity.Public, [SignedPreKey.KeyType, .. key.Public], signature))
            throw field["signature"].Bad("is not by signedIdentityKey");
        return new(KeyId(field["keyId"]), key, signature);
    }

    private static DeviceAccount ReadAccount(Field field, KeyPair identity)
    {
        var account = new DeviceAccount(
            field["details"].Bytes(MaxBytes),
            field["accountSignatureKey"].PublicKey(),
            field["accountSignature"].Exactly(XEdDsa.SignatureSize),
            field["deviceSignature"].Exactly(XEdDsa.SignatureSize)
        );
        return IsSignedBy(account, identity)
            ? account
            : throw field["deviceSignature"].Bad("is not by signedIdentityKey");
    }

    // ADV: 06 01, for hosted accounts also 06 06, then details, the device's identity and the account's key.
    private static bool IsSignedBy(DeviceAccount account, KeyPair identity)
    {
        byte[] word =
        [
            6,
            1,
            .. account.Details,
            .. identity.Public,
            .. account.AccountSignatureKey,
        ];
        if (XEdDsa.Verify(identity.Public, word, account.DeviceSignature))
            return true;
        word[1] = 6;
        return XEdDsa.Verify(identity.Public, word, account.DeviceSignature);
    }

    private static Jid Address(Field field, string server)
    {
        if (
            !Jid.TryParse(field.Text(), out var jid)
            || jid.Server != server
            || jid.User.Length == 0
            || jid.Agent != 0
        )
            throw field.Bad($"is not an address of a device at {server}");
        return jid.Device > 0
            ? jid
            : throw field.Bad("names no linked device (user:device@server)");
    }
}
