using System.Net;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class KeyTests
{
    private readonly FakeTime _time = new();
    private int _asked;

    [Fact]
    public async Task Keys_that_are_tried_out_cost_few_look_ups_and_push_out_no_valid_one()
    {
        var keys = new TenantKeys(FindAsync, _time);
        (await keys.AskAsync("Bearer good", 1, false, default)).Tenants.ShouldBe([7]);
        for (var i = 0; i < 20_000; i++)
            (await keys.AskAsync($"Bearer bad-{i}", 1, false, default)).Tenants.ShouldBeEmpty();
        _asked.ShouldBe(1 + LookUpBudget.Burst, "the valid one cost nothing");
        (await keys.AskAsync("Bearer bad-99999", 1, false, default)).Busy.ShouldBeTrue();
        // A stream that is open asks all the same: it must not stay open since others try keys.
        (await keys.AskAsync("Bearer bad-99999", 1, true, default)).Busy.ShouldBeFalse();
        // Valid ones are still known, also when it is time to ask for them again; other addresses have a budget of their own.
        (await keys.AskAsync("Bearer good", 1, false, default)).Tenants.ShouldBe([7]);
        _time.Advance(TenantKeys.Lifetime);
        var before = _asked;
        (await keys.AskAsync("Bearer good", 1, false, default)).Tenants.ShouldBe([7]);
        _asked.ShouldBe(before + 1);
        (await keys.AskAsync("Bearer new", 2, false, default)).Busy.ShouldBeFalse();
    }

    [Fact]
    public async Task Requests_that_bring_a_key_at_once_are_one_look_up()
    {
        var found = new TaskCompletionSource<IReadOnlyList<KeyHolder>>();
        var keys = new TenantKeys(
            (_, _) =>
            {
                Interlocked.Increment(ref _asked);
                return found.Task;
            },
            _time
        );
        var all = Enumerable
            .Range(0, 10 * LookUpBudget.Burst)
            .Select(_ => keys.AskAsync("Bearer good", 1, false, default).AsTask())
            .ToArray();

        found.SetResult([new(7, [SHA256.HashData(Encoding.UTF8.GetBytes("good"))])]);

        foreach (var answer in await Task.WhenAll(all))
            answer.Tenants.ShouldBe([7]);
        _asked.ShouldBe(1);
    }

    [Fact]
    public async Task Valid_keys_of_one_address_are_all_let_in_however_many_come_at_once()
    {
        const int all = 10 * LookUpBudget.Burst;
        var go = new TaskCompletionSource();
        var keys = new TenantKeys(
            async (hash, _) =>
            {
                Interlocked.Increment(ref _asked);
                await go.Task;
                return [new KeyHolder(7, [hash])];
            },
            _time
        );

        var answers = Enumerable
            .Range(0, all)
            .Select(i => keys.AskAsync($"Bearer good-{i}", 1, false, default).AsTask())
            .ToArray();

        await Eventually.True("as many are looked up as may", () => _asked == LookUpBudget.Burst);
        answers.ShouldAllBe(a => !a.IsCompleted);
        go.SetResult();
        foreach (var answer in await Task.WhenAll(answers).WaitAsync(TimeSpan.FromSeconds(30)))
            answer.Tenants.ShouldBe([7]);
        _asked.ShouldBe(all);
    }

    [Fact]
    public async Task A_key_that_cannot_be_looked_up_spends_its_turn()
    {
        var keys = new TenantKeys(
            (_, _) => throw new InvalidOperationException("PostgreSQL is away"),
            _time
        );
        for (var i = 0; i < LookUpBudget.Burst; i++)
            await Should.ThrowAsync<InvalidOperationException>(async () =>
                await keys.AskAsync($"Bearer bad-{i}", 1, false, default)
            );

        (await keys.AskAsync("Bearer bad", 1, false, default)).Busy.ShouldBeTrue();
    }

    [Fact]
    public async Task Many_addresses_share_a_budget()
    {
        var keys = new TenantKeys(FindAsync, _time);
        for (var i = 0; i < 5_000; i++)
            await keys.AskAsync($"Bearer bad-{i}", (UInt128)i, false, default);
        _asked.ShouldBe(LookUpBudget.BurstOfAll);
    }

    [Fact]
    public async Task A_stream_ends_when_its_key_is_revoked()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { Heartbeat = TimeSpan.FromMilliseconds(200) }
        );
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var events = await api.FollowAsync(session.Name);

        await world.Desired.PutApiKeysAsync(session.Tenant, []);

        var last = await events.NextAsync("closed");
        ((string?)last.Data["reason"])!.ShouldContain("key");
        (await events.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_stream_that_reads_what_was_kept_ends_when_its_key_is_revoked()
    {
        const int kept = 300_000;
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { Heartbeat = TimeSpan.FromMilliseconds(200) }
        );
        var session = await world.PairedAsync(0);
        await world.SqlAsync(
            $"insert into wa.session_event select {session.Id}, n, now(), 1, 'message', '' from generate_series(1000, {999 + kept}) n"
        );
        using var api = new ApiClient(pod.Api);
        using var events = await api.FollowAsync(session.Name, after: 999);
        (await events.NextAsync())!.Id.ShouldBe(1000);

        await world.Desired.PutApiKeysAsync(session.Tenant, []);

        // It reads on, slowly, until the pod has learnt it.
        await Eventually.True(
            "the key is refused",
            async () =>
            {
                (await events.NextAsync()).ShouldNotBeNull();
                return (await api.GetAsync($"/v1/sessions/ns/{session.Name}")).Status == 401;
            }
        );
        var seen = 0;
        SeenEvent? next;
        while ((next = await events.NextAsync()) is { Type: "unreadable" })
            seen++;
        next!.Type.ShouldBe("closed");
        seen.ShouldBeLessThan(kept / 2);
    }

    [Fact]
    public void One_tenant_takes_its_share_of_the_streams_only()
    {
        var shares = new StreamShares(most: 10, perTenant: 4);
        for (var i = 0; i < 4; i++)
            shares.Enter(1).ShouldBeNull();
        shares.Enter(1)!.ShouldContain("as many as one may have");
        for (var tenant = 2; tenant < 8; tenant++)
            shares.Enter(tenant).ShouldBeNull();
        shares.Enter(9)!.ShouldContain("10 streams");
        shares.Leave(1);
        shares.Enter(9).ShouldBeNull();
    }

    [Fact]
    public void One_address_takes_its_share_of_the_connections_only()
    {
        var limits = new ConnectionLimits(most: 6, perAddress: 4);
        var (one, same, other) = (Key("2001:db8::1"), Key("2001:db8::2"), Key("192.0.2.1"));
        one.ShouldBe(same);
        Key("::ffff:192.0.2.1").ShouldBe(other);
        Key("192.0.2.2").ShouldNotBe(other);
        for (var i = 0; i < 4; i++)
            limits.TryEnter(i % 2 == 0 ? one : same).ShouldBeTrue();
        limits.TryEnter(one).ShouldBeFalse();
        limits.TryEnter(other).ShouldBeTrue();
        limits.TryEnter(other).ShouldBeTrue();
        limits.TryEnter(other).ShouldBeFalse();
        limits.Leave(one);
        limits.TryEnter(other).ShouldBeTrue();

        static UInt128 Key(string address) => ConnectionLimits.KeyOf(IPAddress.Parse(address));
    }

    private Task<IReadOnlyList<KeyHolder>> FindAsync(byte[] hash, CancellationToken ct)
    {
        _asked++;
        var good = SHA256.HashData(Encoding.UTF8.GetBytes("good"));
        return Task.FromResult<IReadOnlyList<KeyHolder>>(
            hash.AsSpan().SequenceEqual(good) ? [new KeyHolder(7, [good])] : []
        );
    }
}
