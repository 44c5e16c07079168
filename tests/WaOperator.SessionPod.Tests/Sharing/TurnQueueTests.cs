using WaOperator.SessionPod.Sharing;

namespace WaOperator.SessionPod.Tests.Sharing;

public sealed class TurnQueueTests
{
    [Fact]
    public void Tenants_take_turns_and_each_ones_items_stay_in_order()
    {
        var queue = new TurnQueue<string>();
        foreach (var item in (string[])["a1", "a2", "a3", "a4", "b1", "b2", "c1"])
            queue.Enqueue(item[0], item);

        var given = new List<string>();
        while (queue.TryPeek(out var next))
        {
            queue.Dequeue().ShouldBe(next);
            given.Add(next);
            // Who comes later has its turn, too.
            if (next == "b1")
                queue.Enqueue('d', "d1");
        }

        given.ShouldBe(["a1", "b1", "c1", "a2", "b2", "d1", "a3", "a4"]);
        queue.Count.ShouldBe(0);
    }

    [Fact]
    public void However_much_waits_an_item_waits_for_as_many_as_there_are_tenants_before_it()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var queue = new TurnQueue<(long Tenant, int Number)>();
        var numbers = new int[20];
        var last = new int[20];
        for (var i = 0; i < 20_000; i++)
        {
            // Most of all is the first tenant's.
            var tenant = random.Next(3) > 0 ? 0 : random.Next(numbers.Length);
            queue.Enqueue(tenant, (tenant, ++numbers[tenant]));
            if (random.Next(10) > 0)
                continue;
            var (whose, number) = queue.Dequeue();
            number.ShouldBe(++last[whose], $"seed {seed}");
        }
        queue.Enqueue(99, (99, 1));
        var waited = 0;
        while (queue.Dequeue().Tenant != 99)
            waited++;
        waited.ShouldBeLessThanOrEqualTo(numbers.Length, $"seed {seed}");
    }
}
