using System.Security.Cryptography;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Tests.Media;

/// <summary>Encryption of files: pieces of any size give the same file.</summary>
public sealed class FileTests : IDisposable
{
    private const int Buffer = MediaTransfers.BufferSize;
    private const long Most = 10 * 1024 * 1024;

    private readonly MediaTransfers _transfers = new(2);
    private readonly byte[] _key = SHA256.HashData("key"u8);

    public void Dispose() => _transfers.Dispose();

    [Theory]
    [InlineData(
        MediaKind.Image,
        "Hello, picture",
        "1C472D512AA0439A62B16C61E8030B42F4BDA1F87A281CF45F51"
    )]
    [InlineData(
        MediaKind.Sticker,
        "Hello, picture",
        "1C472D512AA0439A62B16C61E8030B42F4BDA1F87A281CF45F51"
    )]
    [InlineData(MediaKind.Video, "", "B1072506F9BDC58BAEC5B37BDCC01653C24A7888B89FC8A7F15A")]
    public async Task Others_encrypt_the_same(MediaKind kind, string plain, string stored)
    {
        var (bytes, file) = await EncryptAsync(System.Text.Encoding.UTF8.GetBytes(plain), kind);
        Convert.ToHexString(bytes).ShouldBe(stored);
        file.FileEncSha256.ShouldBe(SHA256.HashData(bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(Buffer - 17)]
    [InlineData(Buffer - 16)]
    [InlineData(Buffer - 15)]
    [InlineData(Buffer)]
    [InlineData(2 * Buffer - 32)]
    [InlineData(3 * Buffer + 5)]
    public async Task What_was_encrypted_is_decrypted(int length)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var plain = new byte[length];
        random.NextBytes(plain);
        var (bytes, file) = await EncryptAsync(plain, MediaKind.Document);
        file.FileSha256.ShouldBe(SHA256.HashData(plain));
        file.FileLength.ShouldBe(length);
        for (var i = 0; i < 5; i++)
            Decrypt(bytes, file, random).ShouldBe(plain, $"seed {seed}");
    }

    [Fact]
    public async Task Any_changed_byte_is_found()
    {
        var random = new Random(7);
        var plain = new byte[100];
        random.NextBytes(plain);
        var (bytes, file) = await EncryptAsync(plain, MediaKind.Audio);
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 1;
            Should.Throw<MediaDamagedException>(() => Decrypt(changed, file, random), $"byte {i}");
        }
        for (var length = 0; length < bytes.Length; length++)
            Should.Throw<MediaDamagedException>(
                () => Decrypt(bytes[..length], file, random),
                $"cut to {length}"
            );
        Should.Throw<MediaDamagedException>(() => Decrypt([.. bytes, 0], file, random));
    }

    [Fact]
    public async Task A_file_must_be_the_one_that_the_message_speaks_of()
    {
        var random = new Random(8);
        var (bytes, file) = await EncryptAsync("one file"u8.ToArray(), MediaKind.Image);
        foreach (
            var other in new[]
            {
                file with
                {
                    Kind = MediaKind.Video,
                },
                file with
                {
                    MediaKey = new byte[32],
                },
                file with
                {
                    FileSha256 = new byte[32],
                },
                file with
                {
                    FileEncSha256 = new byte[32],
                },
                file with
                {
                    FileLength = 7,
                },
            }
        )
            Should.Throw<MediaDamagedException>(() => Decrypt(bytes, other, random));
        Decrypt(bytes, file with { FileLength = 0 }, random).ShouldBe("one file"u8.ToArray());
    }

    [Fact]
    public async Task A_source_that_is_too_long_is_refused()
    {
        using var slot = await _transfers.EnterAsync(CancellationToken.None);
        using var keys = MediaKeys.Derive(_key, MediaKind.Image);
        using var source = new MemoryStream(new byte[2000]);
        await Should.ThrowAsync<MediaException>(() =>
            MediaEncryptor.EncryptAsync(
                source,
                Stream.Null,
                keys,
                slot,
                1999,
                CancellationToken.None
            )
        );
    }

    [Fact]
    public async Task A_transfer_has_two_buffers_and_waits_for_its_turn()
    {
        var first = await _transfers.EnterAsync(CancellationToken.None);
        var second = await _transfers.EnterAsync(CancellationToken.None);
        var third = _transfers.EnterAsync(CancellationToken.None);
        third.IsCompleted.ShouldBeFalse();
        _transfers.BufferedBytes.ShouldBe(2 * MediaTransfers.BuffersEach * Buffer);
        first.Dispose();
        first.Dispose();
        (await third).Dispose();
        second.Dispose();
        _transfers.BufferedBytes.ShouldBe(0);
        _transfers.PeakBufferedBytes.ShouldBe(2 * MediaTransfers.BuffersEach * Buffer);
    }

    private async Task<(byte[] Stored, MediaReference File)> EncryptAsync(
        byte[] plain,
        MediaKind kind
    )
    {
        using var slot = await _transfers.EnterAsync(CancellationToken.None);
        using var keys = MediaKeys.Derive(_key, kind);
        using var source = new MemoryStream(plain);
        using var stored = new MemoryStream();
        var file = await MediaEncryptor.EncryptAsync(
            source,
            stored,
            keys,
            slot,
            Most,
            CancellationToken.None
        );
        file.EncryptedLength.ShouldBe(stored.Length);
        return (
            stored.ToArray(),
            new()
            {
                Kind = kind,
                DirectPath = "/v/1",
                MediaKey = _key,
                FileSha256 = file.Sha256,
                FileEncSha256 = file.EncSha256,
                FileLength = file.Length,
            }
        );
    }

    /// <summary>In pieces of random size, as a network gives them.</summary>
    private static byte[] Decrypt(byte[] stored, MediaReference file, Random random)
    {
        using var decryptor = new MediaDecryptor(file, Most);
        using var plain = new MemoryStream();
        var input = new byte[Buffer];
        var output = new byte[Buffer];
        var filled = 0;
        for (var at = 0; at < stored.Length; )
        {
            var count = Math.Min(random.Next(1, Buffer - filled + 1), stored.Length - at);
            stored.AsSpan(at, count).CopyTo(input.AsSpan(filled));
            at += count;
            filled += count;
            var usable = MediaDecryptor.Usable(filled);
            if (usable == 0)
                continue;
            plain.Write(output, 0, decryptor.Decrypt(input.AsSpan(0, usable), output));
            input.AsSpan(usable, filled - usable).CopyTo(input);
            filled -= usable;
        }
        plain.Write(output, 0, decryptor.Finish(input.AsSpan(0, filled), output));
        return plain.ToArray();
    }
}
