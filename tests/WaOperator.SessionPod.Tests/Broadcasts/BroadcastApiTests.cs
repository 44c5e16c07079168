using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Broadcasts;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Broadcasts;

/// <summary>What requests about broadcasts may say, and what is answered.</summary>
public sealed class BroadcastApiTests
{
    [Theory]
    [InlineData("""{"message":{"text":"x"}}""", "#/name")]
    [InlineData("""{"name":" ","message":{"text":"x"}}""", "#/name")]
    [InlineData("""{"name":"a\nb","message":{"text":"x"}}""", "#/name")]
    [InlineData("""{"name":"a"}""", "#/message")]
    [InlineData("""{"name":"a","message":{}}""", "#/message")]
    [InlineData("""{"name":"a","message":{"text":"x","to":"491701234567"}}""", "#/message/to")]
    [InlineData(
        """{"name":"a","message":{"text":"x","sendAt":"2030-01-01T00:00:00Z"}}""",
        "#/message/sendAt"
    )]
    [InlineData("""{"name":"a","message":{"text":"x","priority":"bulk"}}""", "#/message/priority")]
    [InlineData(
        """{"name":"a","message":{"text":"x","replyTo":"3EB0000001"}}""",
        "#/message/replyTo"
    )]
    [InlineData(
        """{"name":"a","message":{"reaction":{"message":"3EB0000001","emoji":"+"}}}""",
        "#/message/reaction"
    )]
    [InlineData(
        """{"name":"a","message":{"image":{"url":"https://example.org/a.jpg"}}}""",
        "#/message/image/url"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x","location":{"latitude":1,"longitude":1}}}""",
        "#/message/location"
    )]
    [InlineData("""{"name":"a","message":{"text":"Hi {{1}}"}}""", "#/message/text")]
    [InlineData(
        """{"name":"a","message":{"image":{"media":"m","caption":"{{x"}}}""",
        "#/message/image/caption"
    )]
    [InlineData("""{"name":"a","id":"short","message":{"text":"x"}}""", "#/id")]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"perMinute":0}}""",
        "#/pacing/perMinute"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"perMinute":101}}""",
        "#/pacing/perMinute"
    )]
    [InlineData("""{"name":"a","message":{"text":"x"},"pacing":{"jitter":1}}""", "#/pacing/jitter")]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"rampDays":31}}""",
        "#/pacing/rampDays"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"window":{"from":"9:00","to":"19:00","tz":"Europe/Berlin"}}}""",
        "#/pacing/window/from"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"window":{"from":"09:00","to":"09:00","tz":"Europe/Berlin"}}}""",
        "#/pacing/window/to"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"window":{"from":"09:00","to":"19:00","tz":"Mars/Olympus"}}}""",
        "#/pacing/window/tz"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"pacing":{"window":{"from":"09:00","to":"19:00"}}}""",
        "#/pacing/window/tz"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"stopOn":{"failedPercent":0}}""",
        "#/stopOn/failedPercent"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"recipients":[{"to":"0170"}]}""",
        "#/recipients/0/to"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"x"},"recipients":[{"to":"123456789@lid"}]}""",
        "#/recipients/0/to"
    )]
    [InlineData(
        """{"name":"a","message":{"text":"{{n}}"},"recipients":[{"to":"491701234567"}]}""",
        "#/recipients/0/vars"
    )]
    public void What_is_wrong_is_pointed_to(string body, string at)
    {
        var faults = new Faults();
        var request = JsonSerializer.Deserialize(body, BroadcastJson.Default.BroadcastRequest)!;

        BroadcastReader.Read(request, faults).ShouldBeNull();

        faults.Problem!.Errors!.Select(e => e.Pointer).ShouldContain(at);
    }

    [Fact]
    public void What_is_left_out_has_low_defaults_and_all_is_stored_as_it_was_asked_for()
    {
        var least = Read("""{"name":"a","message":{"text":"x"}}""");
        least.Pacing.ShouldBe(new Pacing(20, 0.4, null, 0));
        least.StopOn.ShouldBe(new StopOn(10, true));
        var most = Read(
            """
            {"name":"a","message":{"image":{"media":"med_1","caption":"Hi {{n}}"},"viewOnce":true,"metadata":{"k":"v"}},
             "pacing":{"perMinute":5,"jitter":0.9,"rampDays":7,"window":{"from":"22:00","to":"06:30","tz":"America/Sao_Paulo"}},
             "stopOn":{"failedPercent":3,"timelocked":false}}
            """
        );
        foreach (var content in (BroadcastContent[])[least, most])
        {
            var bytes = BroadcastCodec.ToBytes(content);
            var read = BroadcastCodec.OfBytes(bytes);
            BroadcastCodec.ToBytes(read).ShouldBe(bytes);
            read.Pacing.ShouldBe(content.Pacing);
            read.StopOn.ShouldBe(content.StopOn);
        }
        Should.Throw<InvalidDataException>(() => BroadcastCodec.OfBytes([2, (byte)'{', (byte)'}']));
        Should.Throw<InvalidDataException>(() => BroadcastCodec.OfBytes([1, (byte)'{']));

        static BroadcastContent Read(string body)
        {
            var faults = new Faults();
            var read = BroadcastReader.Read(
                JsonSerializer.Deserialize(body, BroadcastJson.Default.BroadcastRequest)!,
                faults
            );
            faults.Problem.ShouldBeNull();
            return read!.Content;
        }
    }

    [Fact]
    public void Lines_that_are_wrong_are_told_by_their_numbers()
    {
        var message = new SendRequest { Text = new() { Body = "Hi {{name}}" } };
        var (recipients, wrong) = RecipientEndpoints.Read(
            """
            {"to":"+49 170 1234567","vars":{"name":"Ana"}}

            {"to":"0170","vars":{"name":"Ben"}}
            {"to":"491701234568"}
            {"to":"491701234569","vars":{"name":""}}
            {"to":"491701234560","vars":{"name":"x","city":"y"}}
            {"to":"123@g.us","vars":{"name":"x"}}
            {"to":"491701234561","vars":{"name":"x"},"more":1}
            no json
            """u8.ToArray(),
            message
        );

        recipients.ShouldBeEmpty();
        wrong!
            .Errors!.Select(e => e.Pointer)
            .ShouldBe([
                "#/3/to",
                "#/4/vars",
                "#/5/vars/name",
                "#/6/vars",
                "#/7/to",
                "#/8/more",
                "#/9",
            ]);
        // A value may be all that the text has.
        RecipientEndpoints
            .Read(
                """{"to":"491701234562","vars":{"name":" "}}"""u8.ToArray(),
                new SendRequest { Text = new() { Body = "{{name}}" } }
            )
            .Wrong!.Errors!.Single()
            .Pointer.ShouldBe("#/1/vars");
        RecipientEndpoints.Read([], message).Wrong.ShouldNotBeNull();
        RecipientEndpoints
            .Read(Enumerable.Repeat("{}\n"u8.ToArray(), 1001).SelectMany(b => b).ToArray(), message)
            .Wrong!.Detail.ShouldContain("1001");
    }

    [Fact]
    public void What_an_event_tells_is_read_as_it_was_written_and_what_is_damaged_says_so()
    {
        var told = new BroadcastProgress(
            "3EB0",
            "November",
            "Stopped",
            "Timelocked",
            7,
            new(1, 2, 3, 4, 5, 6, 7)
        );
        var bytes = JournalCodec.Encode(told).Bytes;
        Read(bytes).ShouldBe(told);
        Read(JournalCodec.Encode(told with { Reason = null }).Bytes)
            .ShouldBe(told with { Reason = null });
        foreach (
            var damaged in (byte[][])
                [
                    [],
                    [1],
                    [2, .. bytes[1..]],
                    bytes[..^1],
                    [.. "{}"u8],
                    [.. "[]"u8],
                    [.. "null"u8],
                ]
        )
            Read(damaged).ShouldBeOfType<UnreadableEvent>();

        static SessionEvent Read(byte[] bytes) =>
            JournalCodec.Decode(BroadcastProgress.TypeName, bytes);
    }

    [Fact]
    public void A_message_has_the_values_of_its_recipient()
    {
        var message = new SendRequest
        {
            Document = new() { Media = "m", Caption = "Hi {{name}}, {{name}}" },
        };
        var filled = BroadcastMessage.To(
            message,
            new("491701234567", new Dictionary<string, string> { ["name"] = "Ana" }),
            "3EB0000001"
        );
        filled.Document!.Caption.ShouldBe("Hi Ana, Ana");
        (filled.To, filled.Id).ShouldBe(("491701234567", "3EB0000001"));
        message.Document!.Caption.ShouldBe("Hi {{name}}, {{name}}");
    }

    [Fact]
    public async Task Each_account_of_a_broadcast_has_one_message_by_whatever_form_of_its_number()
    {
        await using var rig = await StoreRig.StartAsync();
        string Id(string broadcast, string account) =>
            BroadcastBook.MessageOf(rig.Context.Keyring, 7, broadcast, Jid.Parse(account));

        Id("A", "5511987654321@s.whatsapp.net").ShouldBe(Id("A", "551187654321@s.whatsapp.net"));
        Fields.IsId(Id("A", "1@lid")).ShouldBeTrue();
        new[]
        {
            Id("A", "491701234567@s.whatsapp.net"),
            Id("A", "491701234568@s.whatsapp.net"),
            Id("B", "491701234567@s.whatsapp.net"),
            Id("A", "491701234567@lid"),
        }.ShouldBeUnique();
    }

    [Fact]
    public async Task A_broadcast_is_made_once_filled_once_and_one_runs_at_a_time()
    {
        await using var scene = await BroadcastScene.StartAsync(new FakeNetwork());
        object Asked(string text, IEnumerable<int>? recipients = null) =>
            new
            {
                recipients = recipients?.Select(i => new
                {
                    to = BroadcastScene.Number(i),
                    vars = new { name = $"N{i}" },
                }),
                id = "NOVEMBER1",
                name = "nov",
                message = new { text },
                pacing = new
                {
                    window = new
                    {
                        from = "00:00",
                        to = "00:01",
                        tz = "Etc/UTC",
                    },
                },
            };
        await scene.AskAsync(201, HttpMethod.Post, "", Asked("Hi {{name}}"));
        await scene.AskAsync(201, HttpMethod.Post, "", Asked("Hi {{name}}"));
        await scene.AskAsync(409, HttpMethod.Post, "", Asked("Ho {{name}}"));
        await scene.AskAsync(409, HttpMethod.Post, "/NOVEMBER1/start");
        await scene.AskAsync(404, HttpMethod.Post, "/NOVEMBER2/start");
        await scene.AskAsync(
            404,
            HttpMethod.Post,
            "/NOVEMBER2/recipients",
            BroadcastScene.Lines([1])
        );
        await scene.AskAsync(415, HttpMethod.Post, "/NOVEMBER1/recipients", new { to = "x" });

        // One wrong line, and none is added.
        await scene.AskAsync(
            400,
            HttpMethod.Post,
            "/NOVEMBER1/recipients",
            BroadcastScene.Lines(Enumerable.Range(0, 10)) + "\n{}"
        );
        Total(await scene.AskAsync(200, HttpMethod.Get, "/NOVEMBER1")).ShouldBe(0);
        for (var hundreds = 0; hundreds < 2; hundreds++)
        {
            var added = await scene.AskAsync(
                200,
                HttpMethod.Post,
                "/NOVEMBER1/recipients",
                BroadcastScene.Lines(Enumerable.Range(0, 150))
            );
            added
                .ToJsonString()
                .ShouldBe(
                    hundreds == 0
                        ? """{"added":150,"known":0,"total":150}"""
                        : """{"added":0,"known":150,"total":150}"""
                );
        }
        for (var thousand = 1; thousand < 10; thousand++)
            await scene.AskAsync(
                200,
                HttpMethod.Post,
                "/NOVEMBER1/recipients",
                BroadcastScene.Lines(Enumerable.Range(thousand * 1000, 1000))
            );
        await scene.AskAsync(
            409,
            HttpMethod.Post,
            "/NOVEMBER1/recipients",
            BroadcastScene.Lines(Enumerable.Range(10_000, 1000))
        );
        Total(await scene.AskAsync(200, HttpMethod.Get, "/NOVEMBER1")).ShouldBe(9150);
        // Nor are further ones with the request that makes it, once more.
        await scene.AskAsync(409, HttpMethod.Post, "", Filled(Enumerable.Range(10_000, 900)));
        await scene.AskAsync(201, HttpMethod.Post, "", Filled(Enumerable.Range(1000, 900)));
        Total(await scene.AskAsync(200, HttpMethod.Get, "/NOVEMBER1")).ShouldBe(9150);

        // In their order, page by page.
        var (after, seen) = ("", new List<string>());
        for (var page = 0; page < 2; page++)
        {
            var listed = await scene.AskAsync(
                200,
                HttpMethod.Get,
                $"/NOVEMBER1/recipients?limit=100{after}"
            );
            seen.AddRange(listed["data"]!.AsArray().Select(r => (string)r!["to"]!));
            after = $"&after={listed["next"]}";
        }
        seen.ShouldBe([
            .. Enumerable.Range(0, 150).Select(BroadcastScene.Number),
            .. Enumerable.Range(1000, 50).Select(BroadcastScene.Number),
        ]);
        await scene.AskAsync(400, HttpMethod.Get, "/NOVEMBER1/recipients?state=Gone");

        // It waits for its minute of the day, and no other one runs meanwhile.
        await scene.AskAsync(200, HttpMethod.Post, "/NOVEMBER1/start");
        await scene.AskAsync(200, HttpMethod.Post, "/NOVEMBER1/start");
        await scene.AskAsync(409, HttpMethod.Delete, "/NOVEMBER1");
        var other = await scene.AskAsync(
            201,
            HttpMethod.Post,
            "",
            new
            {
                name = "other",
                message = new { text = "x" },
                recipients = new[] { new { to = BroadcastScene.Number(1) } },
            }
        );
        await scene.AskAsync(409, HttpMethod.Post, $"/{other["id"]}/start");
        (await scene.AskAsync(200, HttpMethod.Get, ""))["data"]!
            .AsArray()
            .Select(b => (string?)b!["name"])
            .ShouldBe(["other", "nov"]);
        // What says whom it writes to is nowhere in the clear.
        (
            await scene.World.SqlAsync(
                """
                select count(*) from wa.session_broadcast_recipient
                 where position('4917' in encode(ciphertext, 'escape')) > 0 and position('name' in encode(ciphertext, 'escape')) > 0
                """
            )
        ).ShouldBe(0L);

        object Filled(IEnumerable<int> numbers) => Asked("Hi {{name}}", numbers);

        static int Total(JsonNode broadcast) => (int)broadcast["recipients"]!;
    }

    [Fact]
    public async Task Rules_and_limits_of_the_tenant_hold_for_broadcasts()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        await scene.World.Desired.PutTenantAsync(
            new(
                "ns",
                "acme",
                false,
                $$$"""{"limits":{"messagesPerMinute":2},"phoneRules":{"blockedNumbers":["{{{BroadcastScene.Number(0)}}}"]}}"""
            )
        );

        // Settings that were read before are used for so long.
        await scene.World.SqlAsync($"select pg_sleep({SendPolicy.SettingsLife.Seconds})");

        var id = await scene.StartedAsync(Enumerable.Range(0, 6));
        await scene.UntilAsync(
            id,
            "two are queued and one is skipped",
            b => BroadcastScene.Count(b, "queued") == 2 && BroadcastScene.Count(b, "skipped") == 1
        );
        await scene.HoldsAsync(
            "no more go than the minute allows",
            () => connection.Sent.Count == 2
        );

        var skipped = await scene.AskAsync(200, HttpMethod.Get, $"/{id}/recipients?state=Skipped");
        skipped["data"]!.AsArray().ShouldHaveSingleItem();
        ((string?)skipped["data"]![0]!["reason"]).ShouldBe("NotAllowed");
    }
}
