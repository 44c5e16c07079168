using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>The world itself: a person's message is posted, signed, and what a program sends reaches the person.</summary>
public sealed class WorldTests
{
    private const string Phone = "491511000001";
    private const string Number = "491521000001";

    [Fact]
    public async Task What_a_customer_writes_is_posted_and_what_a_program_sends_arrives()
    {
        await using var world = await SamplesWorld.StartAsync();
        var secret = SamplesWorld.NewSecret();
        var session = await world.SessionAsync(Phone);
        await world.WebhookAsync(
            new(world.Ingress.Address, "hook"),
            secret,
            ["message.received", "message.vote"]
        );
        await using var customer = await world.CustomerAsync(Number);

        await customer.SendAsync(Phone, "Hello");
        var post = await Eventually.Get(
            "the post of the message",
            () => Task.FromResult(world.Ingress.Seen.FirstOrDefault())
        );
        post.PathAndQuery.ShouldBe("/hook");
        post.Status.ShouldBe(503);
        var told = JsonNode.Parse(Encoding.UTF8.GetString(post.Body))!;
        ((string)told["session"]!).ShouldBe(session.Name);

        using var sent = await world.Api.PostAsJsonAsync(
            $"{session.Path}/messages",
            new
            {
                to = Number,
                poll = new
                {
                    name = "How?",
                    options = new[] { "1", "2" },
                    choices = 1,
                },
            }
        );
        sent.IsSuccessStatusCode.ShouldBeTrue(await sent.Content.ReadAsStringAsync());
        (await customer.GotPollAsync()).Content.Poll!.Question.ShouldBe("How?");
    }
}
