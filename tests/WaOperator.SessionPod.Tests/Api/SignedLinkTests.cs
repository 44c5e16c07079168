using System.Buffers.Text;
using WaOperator.Api.Links;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class SignedLinkTests
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly SignedLink Link = new(
        LinkKind.Media,
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
        SignedLink.TryRead(LinkKind.Media, token, out var read).ShouldBeTrue();
        read.ShouldBe(Link);
        SignedLink.TryVerify(LinkKind.Media, token, Key, out read).ShouldBeTrue();
        read.ShouldBe(Link);
        SignedLink.TryVerify(LinkKind.Media, token, new byte[32], out _).ShouldBeFalse();
    }

    [Fact]
    public void A_link_of_one_kind_is_none_of_another()
    {
        var media = Link.Sign(Key);
        var pairing = (Link with { Kind = LinkKind.Pairing }).Sign(Key);

        SignedLink.TryRead(LinkKind.Pairing, media, out _).ShouldBeFalse();
        SignedLink.TryVerify(LinkKind.Pairing, media, Key, out _).ShouldBeFalse();
        SignedLink.TryVerify(LinkKind.Media, pairing, Key, out _).ShouldBeFalse();
        SignedLink.TryVerify(LinkKind.Pairing, pairing, Key, out _).ShouldBeTrue();
    }

    [Fact]
    public void No_changed_link_is_valid_and_any_text_gives_an_answer()
    {
        var bytes = Base64Url.DecodeFromChars(Link.Sign(Key));
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            bytes[i / 8] ^= (byte)(1 << (i % 8));
            var token = Base64Url.EncodeToString(bytes);
            SignedLink.TryVerify(LinkKind.Media, token, Key, out _).ShouldBeFalse($"bit {i}");
            _ = SignedLink.TryRead(LinkKind.Media, token, out _);
            bytes[i / 8] ^= (byte)(1 << (i % 8));
        }
        for (var length = 0; length < bytes.Length; length++)
            SignedLink
                .TryVerify(
                    LinkKind.Media,
                    Base64Url.EncodeToString(bytes.AsSpan(..length)),
                    Key,
                    out _
                )
                .ShouldBeFalse($"{length} bytes");
        foreach (var text in (string?[])[null, "", "x", "====", new string('A', 2_000)])
            SignedLink.TryRead(LinkKind.Media, text, out _).ShouldBeFalse();
    }
}
