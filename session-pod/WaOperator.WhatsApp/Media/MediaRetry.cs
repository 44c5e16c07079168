using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// Asking a phone to upload a file again: a receipt of the type server-error, answered by a notification of the type
/// mediaretry. Both hold a part that is encrypted by HKDF-SHA256(media key, "WhatsApp Media Retry Notification") and
/// AES-256-GCM, with the message's id as associated data. Pure but for the random iv.
/// </summary>
internal static class MediaRetry
{
    private const int KeySize = 32;
    private const int IvSize = 12;
    private const int TagSize = 16;
    private static ReadOnlySpan<byte> KeyInfo => "WhatsApp Media Retry Notification"u8;

    public static BinaryNode Request(MessageReference message, byte[] mediaKey, Jid me)
    {
        var plaintext = new ServerErrorReceipt { StanzaId = message.Id }.ToByteArray();
        var iv = RandomNumberGenerator.GetBytes(IvSize);
        var key = message.ToKey();
        return new("receipt")
        {
            ["id"] = message.Id,
            ["to"] = me.Account.ToString(),
            ["type"] = "server-error",
            Children =
            [
                new("encrypt")
                {
                    Children =
                    [
                        new("enc_p") { Bytes = Seal(plaintext, mediaKey, iv, message.Id) },
                        new("enc_iv") { Bytes = iv },
                    ],
                },
                new("rmr")
                {
                    ["jid"] = message.Chat.ToString(),
                    ["from_me"] = message.FromMe ? "true" : "false",
                    ["participant"] = key.HasParticipant ? key.Participant : null,
                },
            ],
        };
    }

    /// <summary>Where the file is now.</summary>
    /// <exception cref="MediaUnavailableException">The phone does not give it.</exception>
    /// <exception cref="MediaDamagedException">The answer was not made by who has the file's key.</exception>
    public static string ReadAnswer(BinaryNode notification, string id, byte[] mediaKey)
    {
        if (notification.Child("error") is { } error)
            throw new MediaUnavailableException(
                $"The phone does not give the file again: code {error["code"] ?? "none"}.",
                null
            );
        var encrypted = notification.Child("encrypt");
        if (
            encrypted?.Child("enc_p")?.Bytes is not { Length: >= TagSize } payload
            || encrypted.Child("enc_iv")?.Bytes is not { Length: IvSize } iv
        )
            throw new MediaDamagedException("The phone's answer about the file is malformed.");
        try
        {
            var answer = MediaRetryNotification.Parser.ParseFrom(Open(payload, mediaKey, iv, id));
            return
                answer.StanzaId == id
                && answer.Result == MediaRetryNotification.Types.ResultType.Success
                && answer.HasDirectPath
                ? answer.DirectPath
                : throw new MediaUnavailableException(
                    $"The phone does not give the file again: {answer.Result}.",
                    null
                );
        }
        catch (Exception e) when (e is CryptographicException || ProtobufFault.Is(e))
        {
            throw new MediaDamagedException("The phone's answer about the file is damaged.", e);
        }
    }

    internal static byte[] Seal(byte[] plaintext, byte[] mediaKey, byte[] iv, string id)
    {
        using var aes = new AesGcm(Key(mediaKey), TagSize);
        var sealedBytes = new byte[plaintext.Length + TagSize];
        aes.Encrypt(
            iv,
            plaintext,
            sealedBytes.AsSpan(..plaintext.Length),
            sealedBytes.AsSpan(plaintext.Length),
            Encoding.UTF8.GetBytes(id)
        );
        return sealedBytes;
    }

    internal static byte[] Open(byte[] payload, byte[] mediaKey, byte[] iv, string id)
    {
        using var aes = new AesGcm(Key(mediaKey), TagSize);
        var plaintext = new byte[payload.Length - TagSize];
        aes.Decrypt(
            iv,
            payload.AsSpan(..^TagSize),
            payload.AsSpan(^TagSize..),
            plaintext,
            Encoding.UTF8.GetBytes(id)
        );
        return plaintext;
    }

    private static byte[] Key(byte[] mediaKey) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, mediaKey, KeySize, salt: null, KeyInfo.ToArray());
}
