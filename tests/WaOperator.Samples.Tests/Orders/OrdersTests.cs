using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Samples.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Orders;

/// <summary>samples/Orders from the customer's phone to the shop's REST and back.</summary>
public sealed class OrdersTests(OrdersWorld orders) : IClassFixture<OrdersWorld>
{
    private const string CannotRead = "I could not read that";

    [Fact]
    public async Task A_happy_customer_orders_corrects_confirms_and_is_thanked_with_a_code()
    {
        await using var customer = await orders.World.CustomerAsync("491521100001");
        await customer.SendAsync(OrdersWorld.Phone, "order 2 bre\0ad, 1 cake");
        await customer.GotAsync("2 bread\n1 cake");
        await customer.SendAsync(OrdersWorld.Phone, "Order 3 bread");
        await customer.GotAsync("3 bread");
        var order = await orders.OrderAsync(customer, "DRAFT");
        ((string)order["items"]![0]!["name"]!).ShouldBe("bread");

        await customer.SendAsync(OrdersWorld.Phone, "YES");
        await customer.GotAsync("is confirmed");
        await orders.OrderAsync(customer, "CONFIRMED");
        await PatchedAsync(order, "PREPARING");
        await customer.GotAsync("preparing");
        await PatchedAsync(order, "DELIVERED");
        var poll = await customer.GotPollAsync();
        poll.Content.Poll!.Options.ShouldBe(["1", "2", "3", "4", "5"]);

        await customer.VoteAsync(poll, "4");
        await customer.GotAsync(OrdersWorld.PromotionCode);
        var rated = await orders.OrderAsync(customer, "RATED");
        ((int)rated["rating"]!).ShouldBe(4);

        // Another mind is of no consequence: the order has come to its end.
        await customer.VoteAsync(poll, "1");
        await Eventually.True(
            "both votes were posted",
            () =>
                orders.World.Ingress.Seen.Count(p =>
                    p.PathAndQuery.EndsWith("votes", StringComparison.Ordinal)
                    && p.Text.Contains(customer.Number, StringComparison.Ordinal)
                ) == 2
        );
        await SaysNothingMoreAsync(customer, 5);
        ((int)(await orders.OrderAsync(customer, "RATED"))["rating"]!).ShouldBe(4);
    }

    [Fact]
    public async Task An_unhappy_customer_finds_help_in_the_language_of_the_shop()
    {
        // Austria's German is not among the files: Germany's is taken.
        await orders.AgainAsync("de-AT");
        try
        {
            await using var customer = await orders.World.CustomerAsync("491521100002");
            await customer.SendAsync(OrdersWorld.Phone, "bestellen 1 Brot");
            await customer.GotAsync("Ihre Bestellung");
            await customer.SendAsync(OrdersWorld.Phone, "ja");
            await customer.GotAsync("ist bestätigt");
            var order = await orders.OrderAsync(customer, "CONFIRMED");
            await PatchedAsync(order, "PREPARING");
            await PatchedAsync(order, "DELIVERED");
            var poll = await customer.GotPollAsync();
            poll.Content.Poll!.Question.ShouldContain("ist geliefert");
            await customer.VoteAsync(poll, "3");
            await customer.GotAsync(OrdersWorld.SupportContact);
            ((int)(await orders.OrderAsync(customer, "RATED"))["rating"]!).ShouldBe(3);
            customer.Texts.ShouldNotContain(t =>
                t.Contains(OrdersWorld.PromotionCode, StringComparison.Ordinal)
            );
        }
        finally
        {
            await orders.AgainAsync();
        }
    }

    [Fact]
    public async Task An_event_that_comes_twice_changes_nothing()
    {
        await using var customer = await orders.World.CustomerAsync("491521100003");
        await customer.SendAsync(OrdersWorld.Phone, "order 1 tea");
        await customer.GotAsync("1 tea");
        var post = await PostOfAsync(customer, "order 1 tea");
        post.Status.ShouldBe(204);
        (await orders.World.Ingress.RepeatAsync(post)).ShouldBe(204);
        (await orders.OrdersOfAsync(customer)).ShouldHaveSingleItem();

        // Once it was confirmed, the same order again would be another one.
        await customer.SendAsync(OrdersWorld.Phone, "yes");
        await customer.GotAsync("is confirmed");
        (await orders.World.Ingress.RepeatAsync(post)).ShouldBe(204);
        await orders.OrderAsync(customer, "CONFIRMED");
        await SaysNothingMoreAsync(customer, 2);
    }

    [Fact]
    public async Task A_post_that_the_webhook_did_not_sign_is_401_and_changes_nothing()
    {
        await using var customer = await orders.World.CustomerAsync("491521100004");
        await customer.SendAsync(OrdersWorld.Phone, "hello");
        var post = await PostOfAsync(customer, "hello");
        var forged = Encoding.UTF8.GetBytes(
            post.Text.Replace("hello", "order 9 cake", StringComparison.Ordinal)
        );
        (await orders.World.Ingress.RepeatAsync(post with { Body = forged })).ShouldBe(401);
        // Of another shop, with another id, and of no time.
        (
            await orders.World.Ingress.RepeatAsync(
                post with
                {
                    PathAndQuery = "/shops/bakery/messages",
                }
            )
        ).ShouldBe(401);
        (await orders.World.Ingress.RepeatAsync(With(post, "webhook-id", "evt_1_1"))).ShouldBe(401);
        (await orders.World.Ingress.RepeatAsync(With(post, "webhook-timestamp", ""))).ShouldBe(401);
        (await orders.OrdersOfAsync(customer)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_shop_takes_no_step_that_is_not_its_own()
    {
        await using var customer = await orders.World.CustomerAsync("491521100005");
        await customer.SendAsync(OrdersWorld.Phone, "order 1 pie");
        var order = await orders.OrderAsync(customer, "DRAFT");
        foreach (var state in new[] { "CONFIRMED", "PREPARING", "DELIVERED", "RATED" })
        {
            using var refused = await orders.PatchAsync(order, state);
            refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
        using var unknown = await orders.PatchAsync(order, "EATEN");
        unknown.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        orders.ActAsOther();
        using var others = await orders.PatchAsync(order, "PREPARING");
        others.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        orders.Act("a-key-of-no-shop");
        using var strange = await orders.PatchAsync(order, "PREPARING");
        strange.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        orders.Act();
        await customer.GotAsync("1 pie");
        await SaysNothingMoreAsync(customer, 1);
        await orders.OrderAsync(customer, "DRAFT");
    }

    [Fact]
    public async Task Orders_are_listed_by_state_in_pages()
    {
        await using var customer = await orders.World.CustomerAsync("491521100006");
        foreach (var text in new[] { "order 1 a", "yes", "order 1 b", "yes", "order 1 c" })
            await customer.SendAsync(OrdersWorld.Phone, text);
        await customer.GotAsync("1 c");
        var seen = new List<long>();
        string? after = "0";
        while (after is not null)
        {
            var page = (
                await orders.Sample.Http.GetStringAsync(
                    $"/orders?state=CONFIRMED&limit=1&after={after}"
                )
            );
            var json = JsonNode.Parse(page)!;
            seen.AddRange(json["orders"]!.AsArray().Select(o => (long)o!["id"]!));
            after = (string?)json["next"];
        }
        var confirmed = (await orders.OrdersOfAsync(customer))
            .Where(o => (string)o["state"]! == "CONFIRMED")
            .Select(o => (long)o["id"]!)
            .ToList();
        confirmed.Count.ShouldBe(2);
        seen.ShouldBe(seen.Distinct().Order());
        confirmed.ShouldBeSubsetOf(seen);
    }

    [Fact]
    public async Task What_a_crash_and_an_absent_gateway_held_up_is_sent_once()
    {
        await using var customer = await orders.World.CustomerAsync("491521100007");
        await orders.World.StopGatewayAsync();
        await customer.SendAsync(OrdersWorld.Phone, "order 5 rolls");
        var order = await orders.OrderAsync(customer, "DRAFT");
        await customer.SendAsync(OrdersWorld.Phone, "yes");
        await orders.OrderAsync(customer, "CONFIRMED");
        await orders.AgainAsync();
        await orders.World.StartGatewayAsync();
        await customer.GotAsync("is confirmed");
        customer.Texts[0].ShouldContain($"order {order["id"]}");
        await SaysNothingMoreAsync(customer, 2);
    }

    [Fact]
    public async Task What_was_sent_before_a_crash_is_not_sent_again_after_it()
    {
        await using var customer = await orders.World.CustomerAsync("491521100008");
        orders.Way.LosesAnswers = true;
        try
        {
            await customer.SendAsync(OrdersWorld.Phone, "order 6 eggs");
            // It was sent, and the sample has not heard so.
            await customer.GotAsync("6 eggs");
            await orders.AgainAsync();
        }
        finally
        {
            orders.Way.LosesAnswers = false;
        }
        await customer.SendAsync(OrdersWorld.Phone, "yes");
        await customer.GotAsync("is confirmed");
        await SaysNothingMoreAsync(customer, 2);
        orders.Way.Seen.ShouldContain(
            p =>
                p.Status == 202
                && p.Text.Contains(customer.Number, StringComparison.Ordinal)
                && p.Text.Contains("6 eggs", StringComparison.Ordinal),
            "the summary was handed over once more, with the same key"
        );
    }

    /// <summary>The customer has got so many texts, and the next one is the answer to what is asked now.</summary>
    private static async Task SaysNothingMoreAsync(Customer customer, int texts)
    {
        await customer.SendAsync(OrdersWorld.Phone, "order something");
        await customer.GotAsync(CannotRead);
        customer.Texts.Count.ShouldBe(texts + 1, string.Join(" | ", customer.Texts));
    }

    private async Task PatchedAsync(JsonNode order, string state)
    {
        using var answer = await orders.PatchAsync(order, state);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        // Asked again, as after a lost answer, it is the same.
        using var again = await orders.PatchAsync(order, state);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<Passed> PostOfAsync(Customer customer, string text) =>
        orders.World.Ingress.SeenAsync(
            $"the post of '{text}'",
            p =>
                p.Text.Contains($"\"{text}\"", StringComparison.Ordinal)
                && p.Text.Contains(customer.Number, StringComparison.Ordinal)
        );

    private static Passed With(Passed post, string header, string value) =>
        post with
        {
            Headers = new Dictionary<string, string>(post.Headers, StringComparer.OrdinalIgnoreCase)
            {
                [header] = value,
            },
        };
}
