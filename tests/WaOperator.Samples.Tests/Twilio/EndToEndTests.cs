using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Samples.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>From a customer's phone to a program that knows Twilio alone, and back.</summary>
public sealed class EndToEndTests(TwilioWorld world) : IClassFixture<TwilioWorld>
{
    private const string From = $"whatsapp:+{TwilioWorld.Phone}";
    private const string To = $"whatsapp:+{TwilioWorld.Person}";

    private static readonly string[] Order = ["sent", "delivered", "read"];

    [Fact]
    public async Task What_a_customer_writes_is_posted_and_the_answer_in_twiml_arrives_once_however_often_it_is_told()
    {
        var twiml = await TwilioLibrary.AnswerAsync(("Hello Ana", null));
        world.Program.Answers = got =>
            Task.FromResult(got.Field("Body") == "Hi 👋" ? Answer.Xml(twiml) : Answer.Nothing);
        await world.Customer.SendAsync(TwilioWorld.Phone, "Hi 👋");

        var post = (
            await world.Program.GotAsync("the message", 1, g => g.Field("Body") == "Hi 👋")
        ).Single();
        post.Path.ShouldBe("/sms");
        post.Field("From").ShouldBe(To);
        post.Field("To").ShouldBe(From);
        post.Field("WaId").ShouldBe(TwilioWorld.Person);
        await TwilioLibrary.AcceptsAsync(TwilioAdapter.AuthToken, (world.Program.Url, post));
        await world.Customer.GotAsync("Hello Ana");

        // Ten more of the same at once, and ten without Redis.
        var told = await Eventually.Get(
            "the webhook was answered",
            () => Task.FromResult(world.World.Ingress.Seen.FirstOrDefault(IsHello))
        );
        told.Status.ShouldBe((int)HttpStatusCode.OK);
        await RepeatAsync(told);
        await world.Redis.KillAsync();
        await RepeatAsync(told);
        await world.Customer.SendAsync(TwilioWorld.Phone, "Bye");
        await world.Program.GotAsync("the last", 1, g => g.Field("Body") == "Bye");
        world.Program.Seen.Count(g => g.Field("Body") == "Hi 👋").ShouldBe(1);
        world.Customer.Texts.Count(t => t == "Hello Ana").ShouldBe(1);
    }

    [Fact]
    public async Task What_is_sent_by_twilios_library_arrives_and_its_statuses_come_in_order()
    {
        var sent = await TwilioLibrary.SendAsync(
            world.Adapter,
            new
            {
                from = From,
                to = To,
                body = "Your table is ready",
            }
        );
        var sid = (string)sent["sid"]!;
        var got = await world.Customer.GotAsync("it", m => m.Content.Text == "Your table is ready");
        // So that read is told after delivered was.
        await StatusesAsync(sid, "delivered");
        await world.Customer.Client.MarkReadAsync(got);
        var posts = await StatusesAsync(sid, "read");
        await TwilioLibrary.AcceptsAsync(
            TwilioAdapter.AuthToken,
            [.. posts.Select(p => (world.Program.Url, p))]
        );
        ((string)(await TwilioLibrary.GetAsync(world.Adapter, sid))["status"]!).ShouldBe("read");
    }

    [Fact]
    public async Task A_file_comes_with_an_address_that_opens_it_and_a_vote_as_a_button()
    {
        byte[] picture = Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        );
        using var file = new MemoryStream(picture);
        var phone = new Jid(TwilioWorld.Phone, Jid.PhoneServer);
        var info = new MediaInfo { MimeType = "image/png" };
        (
            await world.Customer.Client.SendFileAsync(phone, MediaKind.Image, file, info)
        ).Succeeded.ShouldBeTrue();
        var post = (
            await world.Program.GotAsync("the file", 1, g => g.Field("NumMedia") == "1")
        ).Single();
        post.Field("MediaContentType0").ShouldBe("image/png");
        var path = post.Field("MediaUrl0")[TwilioAdapter.PublicUrl.Length..];
        // Programs follow the redirect, without a key.
        using var http = new HttpClient();
        (await http.GetByteArrayAsync(new Uri(world.Adapter.Process.Address, path))).ShouldBe(
            picture
        );

        await world.World.WebhookAsync(
            world.Hook,
            TwilioWorld.CloudSecret,
            ["message.vote"],
            settings => settings with { Format = WebhookFormat.CloudApi }
        );
        var poll = new
        {
            name = "Well?",
            options = new[] { "Good", "Bad" },
            choices = 1,
        };
        using var asked = await world.World.Api.PostAsJsonAsync(
            $"{world.Session.Path}/messages",
            new { to = TwilioWorld.Person, poll }
        );
        asked.IsSuccessStatusCode.ShouldBeTrue();
        var question = await world.Customer.GotPollAsync();
        await world.Customer.VoteAsync(question, "Bad");
        var vote = (
            await world.Program.GotAsync("the vote", 1, g => g.Field("ButtonText") != "")
        ).Single();
        vote.Field("ButtonText").ShouldBe("Bad");
        vote.Field("Body").ShouldBe("Bad");
        vote.Field("From").ShouldBe(To);
        await TwilioLibrary.AcceptsAsync(TwilioAdapter.AuthToken, (world.Program.Url, vote));
    }

    private async Task RepeatAsync(Passed told) =>
        (
            await Task.WhenAll(
                Enumerable.Range(0, 10).Select(_ => world.World.Ingress.RepeatAsync(told))
            )
        ).ShouldAllBe(status => status == (int)HttpStatusCode.OK);

    /// <summary>Waits for a status of a message.</summary>
    /// <returns>All that came, in order: none is told that another has overtaken, as a receipt may the word that WhatsApp has it.</returns>
    private async Task<IReadOnlyList<Got>> StatusesAsync(string sid, string last)
    {
        await world.Program.GotAsync(
            $"the message is {last}",
            1,
            g => IsStatus(g) && g.Field("MessageStatus") == last
        );
        var posts = world.Program.Seen.Where(IsStatus).ToList();
        var statuses = posts.ConvertAll(g => g.Field("MessageStatus"));
        statuses.ShouldBe(Order.Intersect(statuses));
        return posts;

        bool IsStatus(Got got) => got.Path == "/status" && got.Field("MessageSid") == sid;
    }

    private static bool IsHello(Passed passed) =>
        Encoding.UTF8.GetString(passed.Body).Contains("\"Hi ", StringComparison.Ordinal);
}
