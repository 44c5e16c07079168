using System.Security.Cryptography;
using WaOperator.SessionPod.Keys;

namespace WaOperator.SessionPod.Tests.Keys;

public sealed class AesGcmBoxTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Plain = "the noise key"u8.ToArray();
    private static readonly EnvelopeContext Context = new(7, 42, "credentials", "a", 3);

    [Fact]
    public void Opens_what_it_sealed()
    {
        var box = AesGcmBox.Seal(Key, Context, Plain);
        AesGcmBox.Open(Key, Context, box).ShouldBe(Plain);
        AesGcmBox.Open(Key, Context, AesGcmBox.Seal(Key, Context, [])).ShouldBeEmpty();
    }

    [Fact]
    public void Never_seals_twice_alike_and_never_in_the_clear()
    {
        var one = AesGcmBox.Seal(Key, Context, Plain);
        var other = AesGcmBox.Seal(Key, Context, Plain);
        one.ShouldNotBe(other);
        one.AsSpan().IndexOf(Plain).ShouldBe(-1);
    }

    [Fact]
    public void Does_not_open_after_any_single_bit_was_changed()
    {
        var box = AesGcmBox.Seal(Key, Context, Plain);
        for (var i = 0; i < box.Length * 8; i++)
        {
            var damaged = box.ToArray();
            damaged[i / 8] ^= (byte)(1 << (i % 8));
            Should.Throw<InvalidDataException>(() => AesGcmBox.Open(Key, Context, damaged));
        }
    }

    [Fact]
    public void Does_not_open_when_cut_off()
    {
        var box = AesGcmBox.Seal(Key, Context, Plain);
        for (var length = 0; length < box.Length; length++)
            Should.Throw<InvalidDataException>(() =>
                AesGcmBox.Open(Key, Context, box.AsSpan(0, length))
            );
    }

    [Fact]
    public void Does_not_open_elsewhere()
    {
        var box = AesGcmBox.Seal(Key, Context, Plain);
        EnvelopeContext[] others =
        [
            Context with
            {
                Tenant = 8,
            },
            Context with
            {
                Session = 43,
            },
            Context with
            {
                Kind = "prekeys",
            },
            Context with
            {
                Id = "b",
            },
            Context with
            {
                KeyVersion = 4,
            },
            // The same characters, divided otherwise.
            Context with
            {
                Kind = "credentialsa",
                Id = "",
            },
            Context with
            {
                Tenant = 42,
                Session = 7,
            },
        ];
        foreach (var other in others)
            Should
                .Throw<InvalidDataException>(() => AesGcmBox.Open(Key, other, box))
                .Message.ShouldContain(other.Kind);
    }

    [Fact]
    public void Does_not_open_with_another_key() =>
        Should.Throw<InvalidDataException>(() =>
            AesGcmBox.Open(
                RandomNumberGenerator.GetBytes(32),
                Context,
                AesGcmBox.Seal(Key, Context, Plain)
            )
        );
}
