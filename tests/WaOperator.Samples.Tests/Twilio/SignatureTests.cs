using System.Net;
using System.Text;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>Signatures in both directions, and what is not signed.</summary>
public sealed class SignatureTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    private const string Incoming = TwilioAdapter.PublicUrl + "/twilio/incoming";

    private static readonly string Whole = Form(
        ("MessageSid", "SM1"),
        ("AccountSid", TwilioAdapter.AccountSid),
        ("From", "whatsapp:+4915112345678"),
        ("To", $"whatsapp:+{TwilioAdapter.Number}")
    );

    private static int _forwarded;

    /// <summary>Addresses and further fields.</summary>
    private static readonly (string Url, string Fields)[] Tricky =
    [
        (Incoming, Form(("Body", "Hi"))),
        (Incoming, Form(("Body", ""))),
        (Incoming, Form(("Body", "ä 👍 + & = % \r\n\u200d\"'<>"))),
        (Incoming, "Body=%20%2B+%2b&Empty&=x"),
        (Incoming, Form(("body", "lower"), ("Body", "upper"), ("BODY", "loud"))),
        (Incoming, Form(("Z", "b"), ("Z", "a"), ("Z", "a"), ("A", "1"))),
        ($"{Incoming}?a=1&b=%20c'd", Form(("Body", "query"))),
        // As Twilio may sign it: without the port.
        (Incoming.Replace(":8443", "", StringComparison.Ordinal), Form(("Body", "port"))),
    ];

    [Fact]
    public async Task A_message_of_twilios_is_taken_if_its_library_signed_it_and_is_passed_on_as_it_is()
    {
        var before = bench.Program.Seen.Count;
        (string Url, string Form)[] messages = [.. Tricky.Select(t => (t.Url, Numbered(t.Fields)))];
        var signatures = await TwilioLibrary.SignAsync(TwilioAdapter.AuthToken, messages);
        foreach (var ((url, form), signature) in messages.Zip(signatures))
        {
            var (status, answer) = await ForwardAsync(url, form, signature);
            status.ShouldBe(HttpStatusCode.OK, $"{url} {form}: {answer}");
            answer.ShouldBe("<Response/>");
        }

        var posts = (await bench.Program.GotAsync("all posts", before + messages.Length))
            .Skip(before)
            .ToList();
        foreach (var ((_, form), post) in messages.Zip(posts))
            Fields(post.Body).ShouldBe(Fields(form));
        await TwilioLibrary.AcceptsAsync(
            TwilioAdapter.AuthToken,
            [.. posts.Select(post => (bench.Program.Url, post))]
        );
    }

    [Fact]
    public async Task Of_the_same_message_of_twilios_only_one_is_passed_on()
    {
        var before = bench.Program.Seen.Count;
        var (form, next) = (Numbered("Body=once"), Numbered("Body=next"));
        var signatures = await TwilioLibrary.SignAsync(
            TwilioAdapter.AuthToken,
            (Incoming, form),
            (Incoming, next)
        );
        for (var i = 0; i < 3; i++)
            (await ForwardAsync(Incoming, form, signatures[0])).Status.ShouldBe(HttpStatusCode.OK);
        await ForwardAsync(Incoming, next, signatures[1]);

        var posts = await bench.Program.GotAsync("both posts", before + 2);
        posts.Skip(before).Select(p => p.Field("Body")).ShouldBe(["once", "next"]);
    }

    [Theory]
    [InlineData("another token", Incoming, "")]
    [InlineData(TwilioAdapter.AuthToken, "https://elsewhere.example.org/twilio/incoming", "")]
    [InlineData(TwilioAdapter.AuthToken, Incoming, "&Body=changed")]
    public async Task A_message_of_twilios_with_a_wrong_signature_is_403_and_changes_nothing(
        string token,
        string url,
        string added
    )
    {
        var form = Numbered("Body=x");
        var signature = (await TwilioLibrary.SignAsync(token, (url, form))).Single();
        await NothingChangesAsync(async () =>
            (await ForwardAsync(Incoming, form + added, signature)).Status.ShouldBe(
                HttpStatusCode.Forbidden
            )
        );
    }

    [Fact]
    public async Task A_message_of_twilios_without_a_signature_is_403_and_changes_nothing() =>
        await NothingChangesAsync(async () =>
            (await ForwardAsync(Incoming, Numbered("Body=x"), null)).Status.ShouldBe(
                HttpStatusCode.Forbidden
            )
        );

    [Theory]
    [InlineData(
        "MessageStatus=sent&MessageSid=SM1&From=whatsapp%3A%2B4915112345678&To=whatsapp%3A%2B4930123456"
    )]
    [InlineData("Body=x&MessageSid=SM1&From=%2B4915112345678&To=%2B4930123456")]
    [InlineData(
        "Body=x&MessageSid=SM1&From=whatsapp%3A%2B4915112345678&To=whatsapp%3A%2B4930999999"
    )]
    [InlineData("Body=x&From=whatsapp%3A%2B4915112345678&To=whatsapp%3A%2B4930123456")]
    public async Task What_is_not_translated_of_twilios_is_said_to_be_not_supported(string fields)
    {
        var form = $"AccountSid={TwilioAdapter.AccountSid}&{fields}";
        var signature = (
            await TwilioLibrary.SignAsync(TwilioAdapter.AuthToken, (Incoming, form))
        ).Single();
        await NothingChangesAsync(async () =>
        {
            var (status, answer) = await ForwardAsync(Incoming, form, signature);
            status.ShouldBe(HttpStatusCode.BadRequest);
            answer.ShouldContain("\"code\":20001");
            answer.ShouldContain("NotSupported");
        });
    }

    [Fact]
    public async Task A_webhook_with_a_wrong_signature_an_old_time_or_none_is_401_and_changes_nothing()
    {
        var message = TwilioEvents.Received(
            """{"chat":"4915112345678@s.whatsapp.net","id":"3A","content":{"kind":"text","text":"x"}}"""
        );
        await NothingChangesAsync(async () =>
        {
            var adapter = bench.Adapter;
            (
                await adapter.PostAsync("evt_s", message, secret: "another secret, long enough")
            ).ShouldBe(HttpStatusCode.Unauthorized);
            (await adapter.PostAsync("evt_s", message, ago: TimeSpan.FromMinutes(6))).ShouldBe(
                HttpStatusCode.Unauthorized
            );
            (await adapter.PostAsync("evt_s", message, ago: TimeSpan.FromMinutes(-6))).ShouldBe(
                HttpStatusCode.Unauthorized
            );
            using var bare = new StringContent(message, Encoding.UTF8, "application/json");
            using var answer = await adapter.Process.Http.PostAsync("webhooks/wa-operator", bare);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        });
    }

    [Theory]
    [InlineData("subscribe", TwilioAdapter.VerifyToken, true)]
    [InlineData("subscribe", "the verify tokem", false)]
    [InlineData("subscribe", "", false)]
    [InlineData("unsubscribe", TwilioAdapter.VerifyToken, false)]
    public async Task The_question_for_the_verify_token_is_answered_as_meta_demands(
        string mode,
        string token,
        bool right
    )
    {
        using var answer = await bench.Adapter.Process.Http.GetAsync(
            $"webhooks/wa-operator?hub.mode={mode}&hub.challenge=1158201444&hub.verify_token={Uri.EscapeDataString(token)}"
        );
        answer.StatusCode.ShouldBe(right ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        var said = await answer.Content.ReadAsStringAsync();
        said.ShouldBe(right ? "1158201444" : "");
        if (right)
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
    }

    private async Task NothingChangesAsync(Func<Task> act)
    {
        async Task<long[]> CountAsync() =>
            [
                await bench.Adapter.CountAsync("handled"),
                await bench.Adapter.CountAsync("message"),
                await bench.Adapter.CountAsync("outbox"),
                bench.Program.Seen.Count,
            ];
        var before = await CountAsync();
        await act();
        (await CountAsync()).ShouldBe(before);
    }

    private async Task<(HttpStatusCode Status, string Answer)> ForwardAsync(
        string url,
        string form,
        string? signature
    )
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(bench.Adapter.Process.Address, $"/twilio/incoming{new Uri(url).Query}")
        );
        request.Content = new StringContent(
            form,
            Encoding.UTF8,
            "application/x-www-form-urlencoded"
        );
        if (signature is not null)
            request.Headers.Add("X-Twilio-Signature", signature);
        using var answer = await bench.Adapter.Process.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Numbered(string fields) =>
        $"{Whole.Replace("SM1", $"SM{Interlocked.Increment(ref _forwarded):x32}", StringComparison.Ordinal)}&{fields}";

    private static string Form(params (string Name, string Value)[] fields) =>
        string.Join('&', fields.Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value)}"));

    private static List<(string, string)> Fields(string form) =>
        [
            .. form.Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Select(f => f.Split('='))
                .Select(f =>
                    (
                        WebUtility.UrlDecode(f[0]),
                        WebUtility.UrlDecode(f.ElementAtOrDefault(1) ?? "")
                    )
                ),
        ];
}
