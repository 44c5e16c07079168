using WaOperator.Store.Operator;

namespace WaOperator.Store.Tests;

/// <summary>Which API keys a tenant has after a look at its Secrets.</summary>
public sealed class ApiKeyReadingTests
{
    [Theory]
    // stored, by audience; read, "-" for keys that could not be read; may add; after
    [InlineData("a=1", "a=1 b=2", true, "a=1 b=2")]
    [InlineData("a=1 b=2", "b=3", true, "b=3")]
    [InlineData("a=1", "a=- b=-", true, "a=1")]
    // Its keys are said to be elsewhere now, where they cannot be read.
    [InlineData("a=1 b=2", "a=-! b=2", true, "b=2")]
    [InlineData("a=1 b=2 c=3", "a=1 b=9 c=- d=4", false, "a=1 c=3")]
    [InlineData("a=1", "", false, "")]
    public void FollowIssuers(string stored, string read, bool mayAdd, string after)
    {
        var reading = new ApiKeyReading(new Dictionary<string, byte[]>(), [], mayAdd)
        {
            Issuers = Issuers(read),
        };

        reading
            .FollowIssuers(Issuers(stored))
            .Select(i => $"{i.Audience}={i.Keys}")
            .ShouldBe(after.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        (reading with { Issuers = null })
            .FollowIssuers(Issuers(stored))
            .Count.ShouldBe(Issuers(stored).Length);
    }

    private static StoredIssuer[] Issuers(string text) =>
        [
            .. Pairs(text)
                .Select(p => new StoredIssuer(
                    "issuer",
                    p.Source,
                    "tenant",
                    null,
                    p.Hash.EndsWith('!') ? "another/place" : "login/keys",
                    p.Hash.StartsWith('-') ? null : p.Hash
                )),
        ];

    [Theory]
    // stored, by source; read; unread; may add; after
    [InlineData("a=01 b=02", "a=01 b=02", "", true, "a=01 b=02")]
    [InlineData("a=01 b=02", "a=01", "", true, "a=01")]
    [InlineData("a=01", "a=03 b=02", "", true, "a=03 b=02")]
    [InlineData("a=01", "a=03 b=02", "", false, "")]
    [InlineData("a=01 b=02", "a=01", "", false, "a=01")]
    [InlineData("a=01 b=02", "", "a", true, "a=01")]
    [InlineData("a=01 b=02", "b=03", "a", true, "a=01 b=03")]
    [InlineData("a=01 b=02", "", "a", false, "a=01")]
    [InlineData("a=01", "", "c", true, "")]
    // An older version stored it without its source.
    [InlineData("?=01 ?=02", "a=01", "", true, "a=01")]
    [InlineData("?=01 ?=02", "a=01", "b", true, "?=02 a=01")]
    [InlineData("a=01 ?=02", "", "b", true, "?=02")]
    [InlineData("a=01 ?=02", "", "a", true, "a=01")]
    public void Follow(string stored, string read, string unread, bool mayAdd, string after)
    {
        var had = Pairs(stored).ToList();
        var reading = new ApiKeyReading(
            Pairs(read)
                .ToDictionary(
                    p => p.Source,
                    p => Convert.FromHexString(p.Hash),
                    StringComparer.Ordinal
                ),
            unread.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            mayAdd
        );

        var now = reading.Follow(
            new(
                [.. had.Select(p => p.Hash)],
                had.Where(p => p.Source != "?")
                    .ToDictionary(p => p.Source, p => p.Hash, StringComparer.Ordinal)
            )
        );

        now.Hashes.Order(StringComparer.Ordinal)
            .ShouldBe(Pairs(after).Select(p => p.Hash).Order(StringComparer.Ordinal));
        now.Sources.OrderBy(s => s.Key, StringComparer.Ordinal)
            .Select(s => $"{s.Key}={s.Value}")
            .ShouldBe(Pairs(after).Where(p => p.Source != "?").Select(p => $"{p.Source}={p.Hash}"));
    }

    private static IEnumerable<(string Source, string Hash)> Pairs(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('='))
            .Select(p => (p[0], p[1]));
}
