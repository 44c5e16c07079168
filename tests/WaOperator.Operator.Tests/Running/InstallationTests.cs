using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store.Operator;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>One database belongs to one installation, and not everything goes at once.</summary>
public sealed class InstallationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_second_installation_on_the_database_is_refused_and_changes_nothing()
    {
        await using var first = await World.StartAsync(output);
        await first.ServingPoolAsync();
        await first.TenantAsync();
        await first.SessionAsync("s", "491700000001");
        await first.UntilConnectedAsync("s");
        await using var second = await World.CreateAsync(output);

        var refused = second.StartOperator(o => o.Database.ConnectionString = first.Connection);

        var refusal = await Should.ThrowAsync<ForeignInstallationException>(() =>
            refused.Task.WaitAsync(TimeSpan.FromSeconds(60))
        );
        var identity = await first.SqlAsync<string>("select identity from wa.installation");
        identity!.ShouldEndWith("/wa-operator");
        refusal.Message.ShouldContain($"WA__Installation__Replaces={identity}");
        (await first.SqlAsync<string>("select desired from wa.session")).ShouldBe("Active");
        (await first.SqlAsync<long>("select leader_term from wa.installation")).ShouldBe(1);
    }

    [Fact]
    public async Task A_restored_copy_is_refused_until_the_administrator_says_whom_it_replaces()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator();
        await Eventually.True(
            "the database is the first installation's",
            async () =>
                await world.SqlAsync<long>(
                    "select count(*) from pg_attribute where attrelid = to_regclass('wa.installation') and attname = 'identity'"
                ) == 1
                && await world.SqlAsync<string>("select identity from wa.installation") is not null
        );
        await World.StopAsync(first);
        var identity = await world.SqlAsync<string>("select identity from wa.installation");
        await using var other = await World.CreateAsync(output);
        var early = other.StartOperator(o =>
        {
            o.Database.ConnectionString = world.Connection;
            o.Installation.Replaces = "somebody/else";
        });
        await Should.ThrowAsync<ForeignInstallationException>(() =>
            early.Task.WaitAsync(TimeSpan.FromSeconds(60))
        );

        other.StartOperator(o =>
        {
            o.Database.ConnectionString = world.Connection;
            o.Installation.Replaces = identity;
        });

        await Eventually.True(
            "the database is the second installation's",
            async () =>
                await world.SqlAsync<string>("select identity from wa.installation") != identity
        );
        var back = world.StartOperator();
        await Should.ThrowAsync<ForeignInstallationException>(() =>
            back.Task.WaitAsync(TimeSpan.FromSeconds(60))
        );
    }

    [Fact]
    public async Task Sessions_that_go_all_at_once_wait_for_the_administrator_s_word()
    {
        await using var world = await World.CreateAsync(output);
        world.StartOperator(o => o.Removal = new() { Sessions = 1, Percent = 30 });
        await world.ServingPoolAsync();
        await world.TenantAsync();
        string[] names = ["s1", "s2", "s3"];
        foreach (var name in names)
            await world.SessionAsync(name, $"49170000000{name[1]}");
        foreach (var name in names)
            await world.UntilConnectedAsync(name);

        await world.Server.KubectlAsync(
            "",
            "delete",
            "whatsappsessions",
            "--all",
            "--wait=false",
            "--namespace",
            world.Ns
        );
        await world.UntilEventAsync("wa-operator", Reasons.RemovalHeld);
        var held = await Eventually.Get(
            "a session that waits says so",
            async () =>
                (await world.Client.ListAsync<WhatsAppSession>(world.Ns)).Items.FirstOrDefault(s =>
                    s.Status?.Reason == Reasons.RemovalHeld
                )
        );
        held.Status!.Message!.ShouldContain("kubectl annotate");

        await world.Server.KubectlAsync(
            "",
            "annotate",
            "namespace",
            world.Ns,
            $"{Annotations.AllowRemovalUntil}={TimeProvider.System.GetUtcNow().AddHours(1):O}"
        );
        foreach (var name in names)
            await world.GoneAsync<WhatsAppSession>(name);
    }
}
