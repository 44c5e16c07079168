using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;
using Keys = WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.PhoneState;

/// <summary>
/// What a phone and its companions tell each other, end to end encrypted (category peer). It is the only conversation that a phone has
/// here. Guard: the gate of the account's state.
/// </summary>
internal sealed class PhonePeer(WhatsAppServer server)
{
    private const int IdSize = 16;

    /// <summary>Sends a message of the phone to one companion, which gets it when it is there.</summary>
    /// <param name="state">Holds the sessions.</param>
    /// <param name="device">The companion.</param>
    /// <param name="message">What is said.</param>
    /// <param name="before">Gets the message's id, before the companion can answer.</param>
    public void Tell(
        AccountState state,
        Device device,
        Message message,
        Action<string>? before = null
    )
    {
        var us = new LocalIdentity(device.Phone.Identity, device.Phone.RegistrationId);
        using var session = state.Sessions.TryGetValue(device.Key, out var stored)
            ? SessionRecord.Deserialize(stored)
            : SessionCipher.Initiate(null, us, Bundle(device));
        var encrypted = SessionCipher.Encrypt(
            session,
            us,
            MessagePadding.Pad(message.ToByteArray())
        );
        using var next = encrypted.Record;
        state.Sessions[device.Key] = next.Serialize();
        var id = "AC" + RandomNumberGenerator.GetHexString(IdSize);
        before?.Invoke(id);
        device.Deliver(
            new(
                "message",
                id,
                device.Phone.Number,
                new("message")
                {
                    ["from"] = device.Phone.Jid.ToString(),
                    ["id"] = id,
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    ["type"] = "text",
                    ["category"] = "peer",
                    Children =
                    [
                        new("enc")
                        {
                            ["v"] = "2",
                            ["type"] = encrypted.IsPreKeyMessage ? "pkmsg" : "msg",
                            Bytes = encrypted.Message,
                        },
                    ],
                }
            )
        );
        server.Ledger.Count("phoneMessages");
    }

    /// <summary>Reads what a companion tells the phone; null: it cannot.</summary>
    public ProtocolMessage? Read(AccountState state, Device device, BinaryNode enc)
    {
        var phone = device.Phone;
        var us = new LocalIdentity(phone.Identity, phone.RegistrationId);
        try
        {
            using var session = state.Sessions.TryGetValue(device.Key, out var stored)
                ? SessionRecord.Deserialize(stored)
                : null;
            var opened = enc["type"] switch
            {
                "pkmsg" => SessionCipher.Decrypt(
                    session,
                    us,
                    PreKeyWhisperMessage.Parse(enc.Bytes),
                    SignedPreKey(phone),
                    null,
                    device.Identity
                ),
                "msg" when session is not null => SessionCipher.Decrypt(session, us, enc.Bytes),
                _ => null,
            };
            if (opened is null)
                return null;
            using var next = opened.Record;
            state.Sessions[device.Key] = next.Serialize();
            var said = Message.Parser.ParseFrom(MessagePadding.Unpad(opened.Plaintext).Span);
            // Baileys wraps what it says to its phone, as it does for any other device of the account.
            return (said.DeviceSentMessage?.Message ?? said).ProtocolMessage;
        }
        catch (Exception e) when (e is SignalException or InvalidProtocolBufferException)
        {
            server.Ledger.Note("phoneUndecryptable", device.Jid.ToString(), e.Message);
            return null;
        }
    }

    private static PreKeyBundle Bundle(Device device)
    {
        lock (device.Gate)
        {
            var signed = device.SignedPreKey;
            var one = device.PreKeys.Take();
            return new(
                device.RegistrationId,
                device.Identity,
                signed.Id,
                signed.Public,
                signed.Signature,
                one?.Id,
                one?.Public.ToArray()
            );
        }
    }

    private static Keys.SignedPreKey? SignedPreKey(Phone phone) =>
        phone.SignedPreKeyPrivate is { } key
            ? new(phone.SignedPreKey.Id, KeyPair.FromPrivate(key), phone.SignedPreKey.Signature)
            : null;
}
