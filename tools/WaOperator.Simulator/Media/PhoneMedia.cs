using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Media;

/// <summary>
/// What phones do when a companion cannot load a file (receipt server-error): they upload it again and say where it is
/// (notification mediaretry). A phone here has read no message, so the control API gives it the keys of those that it
/// is to know; of any other it says that it does not have it.
/// </summary>
internal sealed class PhoneMedia(WhatsAppServer server)
{
    private const int KeySize = 32;
    private const int IvSize = 12;
    private const int TagSize = 16;
    private const int NotFound = 2;

    private readonly ConcurrentDictionary<
        (string Number, string Id),
        (byte[] Key, string Path)
    > _known = new();

    /// <summary>The phone has a message's file.</summary>
    /// <param name="phone">The phone.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="mediaKey">The file's media key.</param>
    /// <param name="directPath">Where the file will be when it has been uploaded again.</param>
    public void Know(Phone phone, string id, byte[] mediaKey, string directPath) =>
        _known[(phone.Number, id)] = (mediaKey, directPath);

    /// <summary>A companion asks its phone.</summary>
    public void Asked(Device device, BinaryNode receipt)
    {
        var id = receipt["id"]!;
        if (
            receipt.Child("encrypt") is not { } encrypt
            || encrypt.Child("enc_p")?.Bytes is not { Length: > TagSize } payload
            || encrypt.Child("enc_iv")?.Bytes is not { Length: IvSize } iv
            || receipt.Child("rmr") is not { } message
        )
            throw new Handlers.ProtocolViolationException(
                "a server-error receipt without its parts"
            );
        BinaryNode answer;
        if (_known.TryGetValue((device.Phone.Number, id), out var file))
        {
            using var aes = new AesGcm(KeyOf(file.Key), TagSize);
            var asked = ServerErrorReceipt.Parser.ParseFrom(Open(aes, iv, payload, id));
            if (asked.StanzaId != id)
                throw new Handlers.ProtocolViolationException(
                    "a server-error receipt for another message"
                );
            server.Media.Faults.Heal(file.Path);
            answer = Sealed(aes, id, file.Path);
        }
        else
        {
            answer = new("error") { ["code"] = Stanzas.Text(NotFound) };
        }
        server.Ledger.Count("mediaRetries");
        device.Deliver(
            new(
                "notification",
                id,
                device.Phone.Number,
                new("notification")
                {
                    ["from"] = device.Phone.Jid.ToString(),
                    ["type"] = "mediaretry",
                    ["id"] = id,
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    Children = [message, answer],
                }
            )
        );
    }

    private static BinaryNode Sealed(AesGcm aes, string id, string path)
    {
        var plaintext = new MediaRetryNotification
        {
            StanzaId = id,
            DirectPath = path,
            Result = MediaRetryNotification.Types.ResultType.Success,
        }.ToByteArray();
        var iv = RandomNumberGenerator.GetBytes(IvSize);
        var payload = new byte[plaintext.Length + TagSize];
        aes.Encrypt(
            iv,
            plaintext,
            payload.AsSpan(..plaintext.Length),
            payload.AsSpan(plaintext.Length),
            Encoding.UTF8.GetBytes(id)
        );
        return new("encrypt")
        {
            Children = [new("enc_p") { Bytes = payload }, new("enc_iv") { Bytes = iv }],
        };
    }

    private static byte[] Open(AesGcm aes, byte[] iv, byte[] payload, string id)
    {
        var plaintext = new byte[payload.Length - TagSize];
        try
        {
            aes.Decrypt(
                iv,
                payload.AsSpan(..^TagSize),
                payload.AsSpan(^TagSize..),
                plaintext,
                Encoding.UTF8.GetBytes(id)
            );
            return plaintext;
        }
        catch (CryptographicException)
        {
            throw new Handlers.ProtocolViolationException(
                "a server-error receipt under another key"
            );
        }
    }

    private static byte[] KeyOf(byte[] mediaKey) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            mediaKey,
            KeySize,
            salt: null,
            "WhatsApp Media Retry Notification"u8.ToArray()
        );
}
