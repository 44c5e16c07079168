using System.Net;
using System.Text.Json.Nodes;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>What a program gets of each kind of event, and that Twilio's library accepts it.</summary>
public sealed class TranslationTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    private static int _events;

    public static TheoryData<string, string> Messages =>
        new()
        {
            {
                """{"pushName":"Ana & Söhne","content":{"kind":"text","text":"1 + 1 = 2?\n👍 \"<&>%20"}}""",
                "ProfileName=Ana & Söhne|MessageType=text|Body=1 + 1 = 2?\n👍 \"<&>%20"
            },
            { """{"content":{"kind":"text","text":""}}""", "MessageType=text|Body=" },
            { """{"content":{"kind":"text","text":"a\u0000b"}}""", "MessageType=text|Body=a\0b" },
            {
                """{"content":{"kind":"text","text":"x","forwarded":1}}""",
                "MessageType=text|Body=x|Forwarded=true"
            },
            {
                """{"content":{"kind":"text","text":"x","forwarded":5}}""",
                "MessageType=text|Body=x|Forwarded=true|FrequentlyForwarded=true"
            },
            {
                // A message that went out has its SID as its id.
                """{"content":{"kind":"text","text":"x","quoted":{"id":"SM00000000000000000000000000000001","author":"4930123456:3@s.whatsapp.net"}}}""",
                "MessageType=text|Body=x|OriginalRepliedMessageSid=SM00000000000000000000000000000001|OriginalRepliedMessageSender=whatsapp:+4930123456"
            },
            {
                """{"content":{"kind":"image","caption":"a\tb","media":{"id":"med_1","mimeType":"image/jpeg"}}}""",
                "MessageType=image|Body=a\tb|NumMedia=1|MediaContentType0=image/jpeg"
            },
            {
                """{"content":{"kind":"voiceNote","media":{"id":"med_1","mimeType":"audio/ogg; codecs=opus"}}}""",
                "MessageType=audio|Body=|NumMedia=1|MediaContentType0=audio/ogg"
            },
            {
                // A file that cannot be loaded has no id.
                """{"content":{"kind":"document","media":{"mimeType":"application/pdf"}}}""",
                "MessageType=document|Body="
            },
            {
                """{"content":{"kind":"location","location":{"latitude":52.5,"longitude":-13.25,"name":"X","address":"Y 1"}}}""",
                "MessageType=location|Body=|Latitude=52.5|Longitude=-13.25|Label=X|Address=Y 1"
            },
            {
                """{"content":{"kind":"contact","contacts":[{"name":"Ana","vCard":"BEGIN:VCARD"}]}}""",
                "MessageType=contacts|Body=BEGIN:VCARD"
            },
            {
                """{"content":{"kind":"buttonReply","choice":{"id":"yes-1","text":"Yes"}}}""",
                "MessageType=button|Body=Yes|ButtonText=Yes|ButtonPayload=yes-1"
            },
            {
                """{"content":{"kind":"listReply","choice":{"text":"Mon"}}}""",
                "MessageType=interactive|Body=Mon|ListId=Mon|ListTitle=Mon"
            },
            {
                """{"chat":"100000000000001@lid","chatPn":"4915112345678@s.whatsapp.net","content":{"kind":"text","text":"x"}}""",
                "MessageType=text|Body=x"
            },
            {
                """{"chat":"100000000000001@lid","content":{"kind":"text","text":"x"}}""",
                "From=whatsapp:100000000000001@lid|WaId=100000000000001@lid|ProfileName=100000000000001@lid|MessageType=text|Body=x"
            },
        };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task A_message_is_posted_as_twilio_posts_it(string data, string fields)
    {
        var before = bench.Program.Seen.Count;
        var id = $"3A{Interlocked.Increment(ref _events)}";
        (await bench.Adapter.PostAsync($"evt_t_{id}", Event(id, data))).ShouldBe(HttpStatusCode.OK);

        var post = (await bench.Program.GotAsync("the post of a message", before + 1))[before];
        var sid = post.Field("MessageSid");
        sid.ShouldMatch("^SM[0-9a-f]{32}$");
        var expected = new Dictionary<string, string>
        {
            ["MessageSid"] = sid,
            ["SmsSid"] = sid,
            ["SmsMessageSid"] = sid,
            ["SmsStatus"] = "received",
            ["AccountSid"] = TwilioAdapter.AccountSid,
            ["ApiVersion"] = "2010-04-01",
            ["From"] = "whatsapp:+4915112345678",
            ["To"] = $"whatsapp:+{TwilioAdapter.Number}",
            ["ProfileName"] = "4915112345678",
            ["WaId"] = "4915112345678",
            ["NumSegments"] = "1",
            ["NumMedia"] = "0",
        };
        foreach (var field in fields.Split('|'))
            expected[field.Split('=', 2)[0]] = field.Split('=', 2)[1];
        if (post.Field("MediaUrl0") is { Length: > 0 } media)
        {
            media.ShouldMatch(
                $"^{TwilioAdapter.PublicUrl}/2010-04-01/Accounts/{TwilioAdapter.AccountSid}/Messages/{sid}/Media/ME[0-9a-f]{{32}}$"
            );
            expected["MediaUrl0"] = media;
        }
        post.Body.Split('&')
            .Select(f => f.Split('=')[0])
            .ToDictionary(name => name, post.Field)
            .ShouldBe(expected, ignoreOrder: true);
        post.Path.ShouldBe("/sms?tenant=a%20b&x=1");
    }

    [Fact]
    public async Task Twilios_library_accepts_what_is_posted_of_each_message()
    {
        var before = bench.Program.Seen.Count;
        foreach (var message in Messages)
        {
            var id = $"3A{Interlocked.Increment(ref _events)}";
            await bench.Adapter.PostAsync($"evt_t_{id}", Event(id, (string)message[0]));
        }
        var posts = await bench.Program.GotAsync("all posts", before + Messages.Count);
        await TwilioLibrary.AcceptsAsync(
            TwilioAdapter.AuthToken,
            [.. posts.Skip(before).Select(post => (bench.Program.Url, post))]
        );
    }

    [Theory]
    [InlineData(
        "message.received",
        """{"chat":"120363000000000001@g.us","id":"3A","content":{"kind":"text","text":"x"}}"""
    )]
    [InlineData(
        "message.received",
        """{"chat":"status@broadcast","id":"3A","content":{"kind":"text","text":"x"}}"""
    )]
    [InlineData(
        "message.received",
        """{"chat":"4915112345678@s.whatsapp.net","id":"3A","content":{"kind":"disappearingTimer"}}"""
    )]
    [InlineData(
        "message.echo",
        """{"chat":"4915112345678@s.whatsapp.net","id":"3A","fromMe":true,"content":{"kind":"text","text":"x"}}"""
    )]
    [InlineData(
        "message.reaction",
        """{"chat":"4915112345678@s.whatsapp.net","id":"3A","content":{"kind":"reaction","reaction":"x"}}"""
    )]
    [InlineData("session.status", """{"phase":"Connected"}""")]
    [InlineData("a.later.version", "{}")]
    public async Task What_twilio_has_nothing_like_is_taken_and_not_posted(string type, string data)
    {
        var handled = await bench.Adapter.CountAsync("handled");
        (await bench.Adapter.PostAsync("evt_nothing", TwilioEvents.Of(type, data))).ShouldBe(
            HttpStatusCode.OK
        );
        (await bench.Adapter.CountAsync("handled")).ShouldBe(handled);
    }

    [Fact]
    public async Task A_file_is_opened_by_its_address_alone_which_leads_to_a_link_of_wa_operators()
    {
        var before = bench.Program.Seen.Count;
        await bench.Adapter.PostAsync(
            "evt_file",
            Event(
                "3AFILE",
                """{"content":{"kind":"image","media":{"id":"med_7","mimeType":"image/png"}}}"""
            )
        );
        var post = (await bench.Program.GotAsync("the post of a file", before + 1))[before];
        var path = post.Field("MediaUrl0")[TwilioAdapter.PublicUrl.Length..];
        bench.Api.Answers = got =>
            Task.FromResult(
                Answer.Json(
                    got.Path == $"/v1/sessions/{TwilioAdapter.Session}/media/med_7/link"
                        ? 200
                        : 500,
                    """{"url":"/v1/links/abc"}"""
                )
            );
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });

        using var opened = await http.GetAsync(new Uri(bench.Adapter.Process.Address, path));
        opened.StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        opened.Headers.Location!.ToString().ShouldBe($"{bench.Api.Url}/v1/links/abc");

        using var guessed = await http.GetAsync(
            new Uri(bench.Adapter.Process.Address, $"{path[..^1]}{(path[^1] == '0' ? '1' : '0')}")
        );
        guessed.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static string Event(string id, string data)
    {
        var message = JsonNode.Parse(data)!.AsObject();
        message["id"] = id;
        message["chat"] ??= "4915112345678@s.whatsapp.net";
        return TwilioEvents.Received(message.ToJsonString());
    }
}
