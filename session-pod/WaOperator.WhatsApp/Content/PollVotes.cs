using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>
/// Votes on polls. A vote names the options' hashes and is encrypted by a key that only those who have the poll's
/// message can derive: HKDF-SHA256(secret, no salt, id || author || voter || "Poll Vote"), AES-256-GCM with
/// "id \0 voter" as associated data. Addresses have no device part.
/// </summary>
public static class PollVotes
{
    private const int KeySize = 32;
    private const int IvSize = 12;
    private const int TagSize = 16;
    private static ReadOnlySpan<byte> UseCase => "Poll Vote"u8;

    /// <summary>Reads a vote.</summary>
    /// <param name="vote">The vote as received.</param>
    /// <param name="secret">The secret of the poll's message.</param>
    /// <param name="pollId">The id of the poll's message.</param>
    /// <param name="author">Who opened the poll.</param>
    /// <param name="voter">Who voted.</param>
    /// <param name="options">The poll's options.</param>
    /// <returns>The chosen options; none if the vote was taken back. Hashes that no option has are left out.</returns>
    /// <exception cref="CryptographicException">Not encrypted for this poll, author and voter, or damaged.</exception>
    public static IReadOnlyList<string> Decrypt(
        EncryptedVote vote,
        byte[] secret,
        string pollId,
        Jid author,
        Jid voter,
        IEnumerable<string> options
    )
    {
        if (vote.Iv.Length != IvSize || vote.Payload.Length < TagSize)
            throw new CryptographicException("The vote is not an encrypted vote: it is too short.");
        var key = Key(secret, pollId, author, voter);
        try
        {
            using var aes = new AesGcm(key, TagSize);
            var plaintext = new byte[vote.Payload.Length - TagSize];
            aes.Decrypt(
                vote.Iv,
                vote.Payload.AsSpan(..^TagSize),
                vote.Payload.AsSpan(^TagSize..),
                plaintext,
                AssociatedData(pollId, voter)
            );
            var chosen = PollVoteMessage
                .Parser.ParseFrom(plaintext)
                .SelectedOptions.Select(hash => Convert.ToHexString(hash.Span))
                .ToHashSet(StringComparer.Ordinal);
            return [.. options.Where(option => chosen.Contains(Convert.ToHexString(Hash(option))))];
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new CryptographicException("The vote holds no vote.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    internal static PollEncValue Encrypt(
        IEnumerable<string> options,
        byte[] secret,
        string pollId,
        Jid author,
        Jid voter
    )
    {
        var plaintext = new PollVoteMessage
        {
            SelectedOptions = { options.Select(option => ByteString.CopyFrom(Hash(option))) },
        }.ToByteArray();
        var key = Key(secret, pollId, author, voter);
        try
        {
            using var aes = new AesGcm(key, TagSize);
            var iv = RandomNumberGenerator.GetBytes(IvSize);
            var payload = new byte[plaintext.Length + TagSize];
            aes.Encrypt(
                iv,
                plaintext,
                payload.AsSpan(..plaintext.Length),
                payload.AsSpan(plaintext.Length),
                AssociatedData(pollId, voter)
            );
            return new()
            {
                EncIv = ByteString.CopyFrom(iv),
                EncPayload = ByteString.CopyFrom(payload),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Hash(string option) => SHA256.HashData(Encoding.UTF8.GetBytes(option));

    private static byte[] Key(byte[] secret, string pollId, Jid author, Jid voter)
    {
        byte[] info =
        [
            .. Encoding.UTF8.GetBytes($"{pollId}{author.Account}{voter.Account}"),
            .. UseCase,
        ];
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeySize, salt: null, info);
    }

    private static byte[] AssociatedData(string pollId, Jid voter) =>
        Encoding.UTF8.GetBytes($"{pollId}\0{voter.Account}");
}

/// <summary>A vote that is still encrypted; see <see cref="PollVotes.Decrypt"/>.</summary>
/// <param name="Payload">Ciphertext and tag.</param>
/// <param name="Iv">12 bytes.</param>
public sealed record EncryptedVote(byte[] Payload, byte[] Iv);
