using System.Buffers.Text;
using WaOperator.Api.Links;

namespace WaOperator.SessionPod.Tests.Media;

public sealed class MediaLinkTests
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly MediaLink Link = new(
        42,
        "acme",
        "sales",
        "med_abc",
        DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)
    );

    [Fact]
    public void A_link_is_read_as_it_was_signed_and_by_its_own_key_alone()
    {
        var token = Link.Sign(Key);
        MediaLink.TryRead(token, out var read).ShouldBeTrue();
        read.ShouldBe(Link);
        MediaLink.TryVerify(token, Key, out read).ShouldBeTrue();
        read.ShouldBe(Link);
        MediaLink.TryVerify(token, new byte[32], out _).ShouldBeFalse();
    }

    [Fact]
    public void No_changed_link_is_valid_and_any_text_gives_an_answer()
    {
        var bytes = Base64Url.DecodeFromChars(Link.Sign(Key));
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            bytes[i / 8] ^= (byte)(1 << (i % 8));
            var token = Base64Url.EncodeToString(bytes);
            MediaLink.TryVerify(token, Key, out _).ShouldBeFalse($"bit {i}");
            _ = MediaLink.TryRead(token, out _);
            bytes[i / 8] ^= (byte)(1 << (i % 8));
        }
        for (var length = 0; length < bytes.Length; length++)
            MediaLink
                .TryVerify(Base64Url.EncodeToString(bytes.AsSpan(..length)), Key, out _)
                .ShouldBeFalse($"{length} bytes");
        foreach (var text in (string?[])[null, "", "x", "====", new string('A', 2_000)])
            MediaLink.TryRead(text, out _).ShouldBeFalse();
    }
}
