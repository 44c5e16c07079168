using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using WaOperator.Api;
using WaOperator.Api.Tokens;
using WaOperator.Domain;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Tokens;

/// <summary>Which tokens open what.</summary>
public sealed class TokenGrantsTests
{
    private static readonly TestIssuer Issuer = new();
    private readonly FakeTime _time = new();
    private List<IssuerTrust> _trusts =
    [
        new(7, "ns/acme", TestIssuer.Audience, "tenant", null, Issuer.Keys),
    ];

    private DateTimeOffset Now => _time.GetUtcNow();

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256, true)]
    [InlineData(SecurityAlgorithms.RsaSha256, false)]
    [InlineData(SecurityAlgorithms.EcdsaSha256, true)]
    [InlineData(SecurityAlgorithms.EcdsaSha256, false)]
    public async Task A_good_token_opens_its_tenant(string algorithm, bool kid)
    {
        var grant = (await AskAsync(Issuer.Token(Now, algorithm: algorithm, kid: kid))).Single();

        grant.Tenant.ShouldBe(7);
        grant.Source.ShouldBe("token:kim");
        grant.Limits!.Scopes.ShouldBeNull();
        grant.Limits.NotAfter.ShouldBe(
            DateTimeOffset.FromUnixTimeSeconds(Now.AddHours(1).ToUnixTimeSeconds())
        );
    }

    public static TheoryData<string, Dictionary<string, object?>> Bad =>
        new()
        {
            {
                "another issuer",
                new() { ["iss"] = "https://evil.example.com/" }
            },
            {
                "no issuer",
                new() { ["iss"] = null }
            },
            {
                "another audience",
                new() { ["aud"] = "mail" }
            },
            {
                "no audience",
                new() { ["aud"] = null }
            },
            {
                "no end",
                new() { ["exp"] = null }
            },
            {
                "an end in words",
                new() { ["exp"] = "tomorrow" }
            },
            {
                "another tenant",
                new() { ["tenant"] = "ns/other" }
            },
            {
                "no tenant",
                new() { ["tenant"] = null }
            },
            {
                "the tenant in another claim",
                new() { ["tenant"] = null, ["org"] = "ns/acme" }
            },
            {
                "a part of the tenant",
                new() { ["tenant"] = "acme" }
            },
            {
                "a list of lists",
                new() { ["tenant"] = new[] { new[] { "ns/acme" } } }
            },
            {
                "an object",
                new() { ["tenant"] = new Dictionary<string, string> { ["ns/acme"] = "" } }
            },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_says_something_else_opens_nothing(
        string what,
        Dictionary<string, object?> claims
    ) => (await AskAsync(Issuer.Token(Now, claims))).ShouldBeEmpty(what);

    [Fact]
    public async Task A_token_opens_nothing_before_its_time_and_after_it()
    {
        var token = Issuer.Token(Now, new() { ["nbf"] = Now.AddMinutes(10).ToUnixTimeSeconds() });
        (await AskAsync(token)).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(10) - TokenGrants.Skew);
        (await AskAsync(token)).ShouldNotBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(50) + (2 * TokenGrants.Skew) - TimeSpan.FromSeconds(1));
        (await AskAsync(token)).ShouldNotBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await AskAsync(token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_signed_by_the_issuers_key_in_an_expected_way_opens_nothing()
    {
        var good = Issuer.Token(Now);
        var parts = good.Split('.');
        var header = (string text) => Base64UrlEncoder.Encode(text);
        var hmacKey = Encoding.UTF8.GetBytes(Issuer.Keys);
        var forged = $"{header("""{"alg":"HS256","typ":"JWT"}""")}.{parts[1]}";
        string[] bad =
        [
            new TestIssuer().Token(Now),
            Issuer.Token(Now, algorithm: SecurityAlgorithms.RsaSha512),
            Issuer.Token(Now, algorithm: SecurityAlgorithms.RsaSsaPssSha256),
            $"{header("""{"alg":"none"}""")}.{parts[1]}.",
            $"{header("""{"alg":"none"}""")}.{parts[1]}.{parts[2]}",
            $"{forged}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(hmacKey, Encoding.ASCII.GetBytes(forged)))}",
            $"{header("""{"alg":"RS256","crit":["exp"],"exp":1}""")}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}.{parts[2][..^8]}AAAAAAAA",
            $"{parts[0]}.{Base64UrlEncoder.Encode("""{"iss":"https://login.example.com/","aud":"whatsapp","tenant":"ns/acme","exp":9999999999}""")}.{parts[2]}",
            good + "." + parts[2],
            $"{good[..^1]}=",
        ];
        foreach (var token in bad)
            (await AskAsync(token)).ShouldBeEmpty(token);
        (await AskAsync(good)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Each_tenant_is_opened_by_what_it_says_itself()
    {
        var another = new TestIssuer();
        _trusts =
        [
            new(7, "ns/acme", TestIssuer.Audience, "tenant", null, Issuer.Keys),
            // It trusts other keys under the same name.
            new(8, "ns/other", TestIssuer.Audience, "tenant", null, another.Keys),
            new(
                9,
                "ns/third",
                TestIssuer.Audience,
                "groups",
                [ApiScopes.SessionsRead],
                Issuer.Keys
            ),
        ];
        var claims = new Dictionary<string, object?>
        {
            ["tenant"] = new[] { "ns/acme", "ns/other" },
            ["groups"] = new[] { "staff", "ns/third", "ns/fourth" },
        };

        (await AskAsync(Issuer.Token(Now, claims))).Select(g => g.Tenant).ShouldBe([7L, 9L], true);
        (await AskAsync(another.Token(Now, claims))).Select(g => g.Tenant).ShouldBe([8L]);
    }

    [Theory]
    [InlineData(null, null, "*")]
    [InlineData(null, "openid profile", "*")]
    [InlineData(null, "openid messages:send", "messages:send")]
    [InlineData("messages:send events:read", null, "messages:send events:read")]
    [InlineData("messages:send events:read", "events:read audit:read", "events:read")]
    [InlineData("messages:send", "events:read", "")]
    [InlineData("messages:send", "openid", "messages:send")]
    public async Task Scopes_are_those_that_issuer_and_token_have_both(
        string? trusted,
        string? said,
        string opened
    )
    {
        _trusts = [_trusts[0] with { Scopes = trusted?.Split(' ') }];

        var grant = (await AskAsync(Issuer.Token(Now, new() { ["scope"] = said }))).Single();

        (grant.Limits!.Scopes is { } scopes ? string.Join(' ', scopes) : "*").ShouldBe(opened);
    }

    [Theory]
    [InlineData("kim@example.com", "kim@example.com")]
    [InlineData("user-1234", "user-1234")]
    [InlineData(null, "")]
    public void A_subject_without_numbers_is_told_as_it_is(string? subject, string told) =>
        TokenGrants.Masked(TestIssuer.Name, subject).ShouldBe(told);

    [Theory]
    [InlineData("491700000001", "4917********~")]
    [InlineData("+49-170-000 0001", "+49-17*-***?****~")]
    [InlineData("tel:+49(170)00", "tel:+49(17*)**~")]
    [InlineData("a b\nc\u00e9", "a?b?c?~")]
    public void Of_one_with_numbers_a_part_is_told_and_what_tells_it_from_others(
        string subject,
        string begin
    )
    {
        var told = TokenGrants.Masked(TestIssuer.Name, subject);

        told.ShouldStartWith(begin);
        told.Length.ShouldBe(begin.Length + 8);
        TokenGrants.Masked("another", subject).ShouldNotBe(told);
        TokenGrants.Masked(TestIssuer.Name, subject + "2").ShouldNotBe(told);
    }

    [Fact]
    public void A_long_subject_is_cut() =>
        TokenGrants.Masked(TestIssuer.Name, new string('x', 5000)).Length.ShouldBe(128 + 9);

    [Fact]
    public async Task Any_text_is_read_without_harm()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var good = Issuer.Token(Now);
        for (var i = 0; i < 3000; i++)
        {
            var text = good.ToCharArray();
            // Some bits of the last character mean nothing.
            for (var n = random.Next(1, 6); n > 0; n--)
                text[random.Next(text.Length - 1)] = (char)random.Next(1, 0x250);
            if (new string(text) != good)
                (await AskAsync(new(text))).ShouldBeEmpty($"seed {seed}");
        }
        foreach (
            var payload in (string[])
                [
                    "{}",
                    "[]",
                    "null",
                    """{"iss":1}""",
                    """{"iss":"https://login.example.com/","tenant":"ns/acme","\ud800":1}""",
                    """{"iss":"\ud800"}""",
                    """{"iss":"a","iss":"https://login.example.com/"}""",
                    """{"iss":"https://login.example.com/","tenant":"ns/acme","tenant":"ns/other"}""",
                    """{"iss":"https://login.example.com/","tenant":["\udc00","ns/acme"]}""",
                    new string('[', 5000),
                    $$"""{"iss":"https://login.example.com/","tenant":[{{string.Join(',', Enumerable.Range(0, 2000).Select(n => $"\"a/{n}\""))}}]}""",
                ]
        )
            (
                await AskAsync(
                    $"{Base64UrlEncoder.Encode("""{"alg":"RS256"}""")}.{Base64UrlEncoder.Encode(payload)}.AAAA"
                )
            ).ShouldBeEmpty(payload);
    }

    private Task<IReadOnlyList<KeyGrant>> AskAsync(string token) =>
        new TokenGrants(FindAsync, _time).AskAsync(token, CancellationToken.None);

    private Task<IReadOnlyList<IssuerTrust>> FindAsync(
        string issuer,
        IReadOnlyCollection<string> tenants,
        CancellationToken ct
    )
    {
        tenants.Count.ShouldBeLessThanOrEqualTo(16);
        return Task.FromResult<IReadOnlyList<IssuerTrust>>(
            issuer == TestIssuer.Name ? [.. _trusts.Where(t => tenants.Contains(t.Tenant))] : []
        );
    }
}
