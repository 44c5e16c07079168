using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Sealing;
using WaOperator.Store;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Webhooks, on a real API server and a real PostgreSQL; the pods' part is played in SQL.</summary>
public sealed class WebhooksTests(ITestOutputHelper output)
{
    private static readonly byte[] First = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Second = [.. Enumerable.Range(101, 24).Select(i => (byte)i)];

    private const string SecretsTag = "select encode(secrets_tag, 'hex') from wa.webhook";

    [Fact]
    public async Task A_webhook_is_handed_to_the_pods_with_its_secrets_sealed()
    {
        await using var world = await World.CreateAsync(output);
        world.StartOperator(Quickly);
        await world.TenantAsync();
        await SecretAsync(world, "hooks", ("key", $"whsec_{Convert.ToBase64String(First)}\n"));
        await SecretOfTypeAsync(
            world,
            "headers",
            WebhookSecretValues.HeadersType,
            ("Authorization", "Bearer abc\n"),
            ("X-B", "b")
        );
        await WebhookAsync(
            world,
            s =>
                s with
                {
                    Events = ["message.*"],
                    Sessions = ["sales"],
                    Ordering = WebhookOrderings.Session,
                    HeadersSecretRef = new() { Name = "headers" },
                    Retry = new() { HorizonHours = 5 },
                }
        );
        var waits = await UntilReadyAsync(world, "False", Reasons.WaitingForPods);
        waits.Status!.Conditions.IsTrue(ConditionTypes.Reconciling).ShouldBeTrue();
        waits.Status.Backlog.ShouldBeNull();

        var keys = await BoxKeyAsync(world);
        var told = await UntilReadyAsync(world, "True", Reasons.Delivering);

        told.Status!.ObservedGeneration.ShouldBe(told.Metadata.Generation);
        var secrets = await OpenAsync(world, keys);
        secrets.Signing.Single().ShouldBe(First);
        secrets.Headers!["Authorization"].ShouldBe("Bearer abc");
        secrets.Headers["X-B"].ShouldBe("b");
        var settings = WebhookSettings.FromJson(
            (await world.SqlAsync<string>("select settings::text from wa.webhook"))!
        );
        settings.Url.ShouldBe(Url);
        settings.Events.ShouldBe(["message.*"]);
        settings.Sessions.ShouldBe(["sales"]);
        (settings.Ordering, settings.HorizonHours, settings.Paused).ShouldBe(
            (WebhookOrdering.Session, 5, false)
        );
        // Two events: it waited, and does no longer.
        await world.UntilEventAsync("crm", Reasons.Delivering);
        await world.UntilEventAsync("crm", Reasons.WaitingForPods);

        // At rest nothing is written, neither to the database nor to the API server.
        var version = await VersionAsync(world);
        await world.QuietAsync(3);
        (await VersionAsync(world)).ShouldBe(version);
        foreach (var said in (await world.EventsAsync("crm")).Select(e => e.Message))
            said!.ShouldNotContain("abc");
    }

    [Fact]
    public async Task A_secret_that_changed_by_itself_is_handed_over_and_a_newer_key_is_sealed_to()
    {
        await using var world = await DeliveringAsync();
        var keys = await BoxKeyAsync(world);
        // A newer key alone seals again.
        await Eventually.True(
            "it is sealed to the newer key",
            async () => await CanOpenAsync(world, keys)
        );
        (await OpenAsync(world, keys)).Signing.Single().ShouldBe(First);

        await world.PatchAsync<Secret>(
            "hooks",
            $$$"""{"stringData":{"key":"{{{Convert.ToBase64String(Second)}}}"}}"""
        );
        await Eventually.True(
            "the other secret is there",
            async () => (await OpenAsync(world, keys)).Signing.Single().SequenceEqual(Second)
        );
    }

    [Fact]
    public async Task What_is_wrong_with_a_secret_is_told_and_the_former_ones_stay()
    {
        await using var world = await DeliveringAsync();
        await world.PatchAsync<Secret>("hooks", """{"stringData":{"key":"guess me"}}""");

        var told = await UntilReadyAsync(world, "False", Reasons.SecretInvalid);

        told.Status!.Conditions.IsTrue(ConditionTypes.Stalled).ShouldBeTrue();
        var message = told.Status.Conditions.Find(ConditionTypes.Ready)!.Message!;
        message.ShouldContain("Secret hooks");
        message.ShouldContain("read before");
        message.ShouldNotContain("guess me");
        await world.UntilEventAsync("crm", Reasons.SecretInvalid);
        // It can be paused all the same.
        await world.PatchAsync<WhatsAppWebhook>("crm", """{"spec":{"paused":true}}""");
        await StoredAsync(world, "paused", "settings->>'paused' = 'true'");

        await world.Client.DeleteAsync<Secret>("hooks", world.Ns);
        await world.UntilAsync<WhatsAppWebhook>(
            "crm",
            "the Secret is missed",
            w =>
                w.Status?.Conditions.Find(ConditionTypes.Ready)
                    ?.Message?.Contains("there is no Secret hooks", StringComparison.Ordinal)
                == true
        );
        await SecretAsync(world, "hooks", ("key", Convert.ToBase64String(Second)));
        await UntilReadyAsync(world, "False", Reasons.Paused);
        await world.PatchAsync<WhatsAppWebhook>("crm", """{"spec":{"paused":false}}""");
        await UntilReadyAsync(world, "True", Reasons.Delivering);
    }

    [Fact]
    public async Task A_secret_is_read_as_format_and_signature_say()
    {
        await using var world = await DeliveringAsync();
        var keys = await BoxKeyAsync(world);
        await world.PatchAsync<WhatsAppWebhook>("crm", """{"spec":{"signature":"V1a"}}""");
        var told = await UntilReadyAsync(world, "False", Reasons.SecretInvalid);
        told.Status!.Conditions.Find(ConditionTypes.Ready)!.Message!.ShouldContain("whsk_");
        (await world.SqlAsync<string>("select settings->>'signature' from wa.webhook")).ShouldBe(
            "V1",
            "what signs, and how, belong together"
        );

        await world.PatchAsync<Secret>(
            "hooks",
            $$$"""{"stringData":{"key":"whsk_{{{Convert.ToBase64String(First)}}}"}}"""
        );
        await StoredAsync(world, "with the key", "settings->>'signature' = 'V1a'");
        (await OpenAsync(world, keys)).Signing.Single().ShouldBe(SigningKey.Of(First));

        const string text = "0123456789abcdef0123456789abcdef";
        await world.PatchAsync<Secret>("hooks", $$$"""{"stringData":{"key":"{{{text}}}"}}""");
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"signature":"V1","format":"CloudApi"}}"""
        );
        await StoredAsync(world, "with the text", "settings->>'format' = 'CloudApi'");
        (await OpenAsync(world, keys)).Signing.Single().ShouldBe(Encoding.ASCII.GetBytes(text));
    }

    [Fact]
    public async Task A_secret_that_is_not_made_for_it_is_not_posted_as_headers()
    {
        await using var world = await DeliveringAsync();
        await SecretAsync(world, "database", ("password", "hunter2"));
        var tag = await world.SqlAsync<string>(SecretsTag);
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"url":"https://other.example/","headersSecretRef":{"name":"database"}}}"""
        );

        var told = await UntilReadyAsync(world, "False", Reasons.SecretInvalid);

        var message = told.Status!.Conditions.Find(ConditionTypes.Ready)!.Message!;
        message.ShouldContain(WebhookSecretValues.HeadersType);
        message.ShouldNotContain("hunter2");
        (await world.SqlAsync<string>(SecretsTag)).ShouldBe(tag, "other secrets were stored");
        (await world.SqlAsync<string>("select settings->>'url' from wa.webhook")).ShouldBe(
            Url,
            "what is secret for one address would be posted to another"
        );
    }

    [Fact]
    public async Task Certificates_are_sealed_with_the_secrets_and_what_is_wrong_with_them_is_told()
    {
        using var pki = new Pki();
        var (certificate, key) = pki.Client("acme", "wa");
        await using var world = await DeliveringAsync();
        var keys = await BoxKeyAsync(world);
        await SecretAsync(world, "authority", ("ca.crt", pki.AuthorityPem));
        await SecretOfTypeAsync(
            world,
            "client",
            "kubernetes.io/tls",
            ("tls.crt", certificate),
            ("tls.key", key)
        );
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"ratePerSecond":7,"tls":{"caRef":{"name":"authority","key":"ca.crt"},"clientCertSecretRef":{"name":"client"}}}}"""
        );
        await StoredAsync(world, "with its rate", "settings->>'ratePerSecond' = '7'");

        var tls = (await OpenAsync(world, keys)).Tls!;

        (tls.Authorities, tls.Certificate).ShouldBe((pki.AuthorityPem, certificate));
        Encoding.ASCII.GetString(tls.Key!).ShouldBe(key);
        await UntilReadyAsync(world, "True", Reasons.Delivering);
        await world.PatchAsync<Secret>("authority", """{"stringData":{"ca.crt":"none"}}""");
        var told = await UntilReadyAsync(world, "False", Reasons.SecretInvalid);
        told.Status!.Conditions.Find(ConditionTypes.Ready)!
            .Message!.ShouldContain("Secret authority, ca.crt");
        await world.UntilEventAsync("crm", Reasons.SecretInvalid);
        (await OpenAsync(world, keys)).Tls!.Authorities.ShouldBe(pki.AuthorityPem);
    }

    [Fact]
    public async Task Sessions_are_selected_by_labels_that_pods_are_told_of_as_they_change()
    {
        await using var world = await DeliveringAsync();
        await world.PoolAsync();
        await world.SessionAsync("sales", "491512345678");
        await world.PatchAsync<WhatsAppSession>(
            "sales",
            """{"metadata":{"labels":{"team":"sales","a":"1"}}}"""
        );
        await LabelsAsync(",a=1,team=sales,");
        await world.PatchAsync<WhatsAppSession>(
            "sales",
            """{"metadata":{"labels":{"team":"support","a":null}}}"""
        );
        await LabelsAsync(",team=support,");

        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"sessions":["sales"],"sessionSelector":{"matchLabels":{"team":"sales"},"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}}}"""
        );
        await StoredAsync(world, "with its selector", "settings ? 'selector'");

        var settings = WebhookSettings.FromJson(
            (await world.SqlAsync<string>("select settings::text from wa.webhook"))!
        );
        settings.Sessions.ShouldBeEmpty("pods that know no selectors would post of all");
        settings.Selector!.Names.ShouldBe(["sales"]);
        settings.Selector.Matches(",team=sales,").ShouldBeTrue();
        settings.Selector.Matches(",a=1,team=sales,").ShouldBeFalse();
        await UntilReadyAsync(world, "True", Reasons.Delivering);

        Task LabelsAsync(string labels) =>
            Eventually.True(
                $"its labels are {labels}",
                async () => await world.SqlAsync<string>("select labels from wa.session") == labels
            );
    }

    [Fact]
    public async Task A_verify_token_comes_from_a_secret_that_is_made_for_it()
    {
        await using var world = await DeliveringAsync();
        var keys = await BoxKeyAsync(world);
        await world.PatchAsync<Secret>(
            "hooks",
            """{"stringData":{"key":"0123456789abcdef0123456789abcdef"}}"""
        );
        await SecretAsync(world, "opaque", ("token", "hush"));
        await SecretOfTypeAsync(
            world,
            "token",
            WebhookSecretValues.VerifyTokenType,
            ("token", "let me in\n".Replace(' ', '-'))
        );
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"format":"CloudApi","verifyTokenRef":{"name":"opaque","key":"token"}}}"""
        );
        var told = await UntilReadyAsync(world, "False", Reasons.SecretInvalid);
        var message = told.Status!.Conditions.Find(ConditionTypes.Ready)!.Message!;
        message.ShouldContain(WebhookSecretValues.VerifyTokenType);
        message.ShouldNotContain("hush");

        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"verifyTokenRef":{"name":"token"}}}"""
        );

        await UntilReadyAsync(world, "True", Reasons.Delivering);
        (await OpenAsync(world, keys)).VerifyToken.ShouldBe("let-me-in");
    }

    [Fact]
    public async Task An_event_that_does_not_exist_is_told_and_the_row_stays_as_it_was()
    {
        await using var world = await DeliveringAsync();
        var version = await VersionAsync(world);
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"spec":{"events":["message.recieved"]}}"""
        );

        var told = await UntilReadyAsync(world, "False", Reasons.InvalidSpec);

        var message = told.Status!.Conditions.Find(ConditionTypes.Ready)!.Message!;
        message.ShouldContain("message.recieved");
        message.ShouldContain("message.received");
        (await VersionAsync(world)).ShouldBe(version);
        await world.PatchAsync<WhatsAppWebhook>("crm", """{"spec":{"events":["message.*"]}}""");
        await UntilReadyAsync(world, "True", Reasons.Delivering);
        await StoredAsync(world, "corrected", "settings->'events' = '[\"message.*\"]'");
    }

    [Fact]
    public async Task A_webhook_that_was_made_again_starts_afresh_and_one_that_is_deleted_is_gone()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator(Quickly);
        await DeliveringAsync(world);
        await CursorAsync(world);
        await World.StopAsync(first);
        await world.Client.DeleteAsync<WhatsAppWebhook>("crm", world.Ns);
        var again = await WebhookAsync(world);
        await WebhookAsync(world, name: "other");

        var second = world.StartOperator(Quickly);
        await StoredAsync(world, "afresh", $"uid = '{again.Metadata.Uid}' and {NoCursor}");

        await UntilReadyAsync(world, "True", Reasons.Delivering, "other");
        await world.Client.DeleteAsync<WhatsAppWebhook>("other", world.Ns);
        await Eventually.True("one is left", async () => await CountAsync(world) == 1);

        // While no operator runs.
        await World.StopAsync(second);
        await world.Client.DeleteAsync<WhatsAppWebhook>("crm", world.Ns);
        await world.GoneAsync<WhatsAppWebhook>("crm");
        world.StartOperator(Quickly);
        await Eventually.True("none is left", async () => await CountAsync(world) == 0);
    }

    [Fact]
    public async Task A_webhook_that_a_pod_disabled_is_told_until_its_spec_changes()
    {
        await using var world = await DeliveringAsync();
        await ExecuteAsync(
            world,
            "update wa.webhook set disabled_at = now(), disabled_reason = 'the endpoint answered 410 (Gone)'"
        );

        var told = await UntilReadyAsync(world, "False", Reasons.Disabled);

        told.Status!.Conditions.IsTrue(ConditionTypes.Stalled).ShouldBeTrue();
        told.Status.Conditions.Find(ConditionTypes.Ready)!.Message!.ShouldContain("410 (Gone)");
        await world.UntilEventAsync("crm", Reasons.Disabled);
        // Nor does a status, or an annotation, enable it.
        await world.PatchAsync<WhatsAppWebhook>(
            "crm",
            """{"metadata":{"annotations":{"a":"b"}}}"""
        );
        await Steadily.Holds(
            "it is disabled",
            TimeSpan.FromSeconds(2),
            async () =>
                await world.SqlAsync<bool>("select disabled_at is not null from wa.webhook")
                    ? null
                    : "it is not"
        );
        await CursorAsync(world);

        await world.PatchAsync<WhatsAppWebhook>("crm", """{"spec":{"timeoutSeconds":20}}""");

        await UntilReadyAsync(world, "True", Reasons.Delivering);
        await StoredAsync(world, "enabled", $"disabled_at is null and not {NoCursor}");
    }

    [Fact]
    public async Task What_pods_report_is_shown()
    {
        await using var world = await World.CreateAsync(output);
        world.StartOperator(Quickly);
        await world.ServingPoolAsync(shards: 2);
        await DeliveringAsync(world);
        await ReportAsync(world, "null");

        var told = await world.UntilAsync<WhatsAppWebhook>(
            "crm",
            "the counts are shown",
            w => w.Status?.Backlog == 10
        );

        var status = told.Status!;
        (status.Parked, status.Dead, status.LastError).ShouldBe((4, 6, "503 from shard 1"));
        status.Oldest.ShouldBe(new DateTimeOffset(2026, 1, 1, 10, 0, 0, TimeSpan.Zero));
        status.LastSuccess.ShouldBe(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        status.LastErrorTime.ShouldBe(new DateTimeOffset(2026, 1, 1, 11, 0, 1, TimeSpan.Zero));
        status.Conditions.IsTrue(ConditionTypes.Ready).ShouldBeTrue();

        await ReportAsync(world, "now() - interval '2 minutes'");
        var failing = await UntilReadyAsync(world, "False", Reasons.EndpointFailing);
        failing
            .Status!.Conditions.Find(ConditionTypes.Ready)!
            .Message!.ShouldContain("503 from shard 1");
        await ReportAsync(world, "null");
        await UntilReadyAsync(world, "True", Reasons.Delivering);
        await world.UntilEventAsync("crm", Reasons.EndpointFailing);
        await world.UntilEventAsync("crm", Reasons.Delivering);
    }

    [Fact]
    public async Task A_webhook_follows_its_tenant()
    {
        await using var world = await World.CreateAsync(output);
        world.StartOperator(Quickly);
        await SecretAsync(world, "hooks", ("key", Convert.ToBase64String(First)));
        await WebhookAsync(world);
        await UntilReadyAsync(world, "False", Reasons.TenantNotFound);
        await BoxKeyAsync(world);
        await world.TenantAsync();
        await UntilReadyAsync(world, "True", Reasons.Delivering);

        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"suspended":true}}""");
        await UntilReadyAsync(world, "False", Reasons.TenantSuspended);
        await StoredAsync(world, "paused", "settings->>'paused' = 'true'");
        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"suspended":false}}""");
        await UntilReadyAsync(world, "True", Reasons.Delivering);

        await world.TenantAsync("globex");
        if (
            await world.BreakAsync<WhatsAppWebhook>(
                "crm",
                """{"spec":{"tenantRef":{"name":"globex"}}}""",
                "tenantRef is immutable"
            )
        )
        {
            await UntilReadyAsync(world, "False", Reasons.ImmutableFieldChanged);
            await world.PatchAsync<WhatsAppWebhook>(
                "crm",
                """{"spec":{"tenantRef":{"name":"acme"}}}"""
            );
            await UntilReadyAsync(world, "True", Reasons.Delivering);
        }

        await world.Client.DeleteAsync<WhatsAppTenant>("acme", world.Ns);
        await UntilReadyAsync(world, "False", Reasons.TenantNotFound);
        await Eventually.True("its row is gone", async () => await CountAsync(world) == 0);
    }

    private const string Url = "https://crm.example.org/wa";
    private const string NoCursor =
        "not exists (select 1 from wa.webhook_cursor c where c.webhook_id = w.id)";

    private static void Quickly(OperatorOptions options) => options.ApiKeys.RoundSeconds = 1;

    private async Task<World> DeliveringAsync()
    {
        var world = await World.CreateAsync(output);
        world.StartOperator(Quickly);
        await DeliveringAsync(world);
        return world;
    }

    private static async Task DeliveringAsync(World world)
    {
        await world.TenantAsync();
        await SecretAsync(world, "hooks", ("key", Convert.ToBase64String(First)));
        await WebhookAsync(world);
        await UntilReadyAsync(world, "False", Reasons.WaitingForPods);
        await BoxKeyAsync(world);
        await UntilReadyAsync(world, "True", Reasons.Delivering);
    }

    private static Task<WhatsAppWebhook> WebhookAsync(
        World world,
        Func<WebhookSpec, WebhookSpec>? change = null,
        string name = "crm"
    )
    {
        var spec = new WebhookSpec
        {
            TenantRef = new() { Name = "acme" },
            Url = Url,
            SecretRefs = [new() { Name = "hooks", Key = "key" }],
        };
        return world.Client.CreateAsync(
            new WhatsAppWebhook
            {
                Metadata = new() { Name = name, Namespace = world.Ns },
                Spec = change?.Invoke(spec) ?? spec,
            }
        );
    }

    private static Task SecretAsync(
        World world,
        string name,
        params (string Key, string Value)[] data
    ) => SecretOfTypeAsync(world, name, "Opaque", data);

    private static Task SecretOfTypeAsync(
        World world,
        string name,
        string type,
        params (string Key, string Value)[] data
    ) =>
        world.Client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = name, Namespace = world.Ns },
                Type = type,
                StringData = data.ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal),
            }
        );

    private static Task<WhatsAppWebhook> UntilReadyAsync(
        World world,
        string status,
        Reason reason,
        string name = "crm"
    ) =>
        world.UntilAsync<WhatsAppWebhook>(
            name,
            $"Ready is {status} {reason}",
            w =>
                w.Status?.Conditions.Find(ConditionTypes.Ready) is { } c
                && c.Status == status
                && c.Reason == reason
        );

    private static Task StoredAsync(World world, string what, string condition) =>
        Eventually.True(
            $"the row is {what}",
            async () =>
                await world.SqlAsync<long>(
                    $"select count(*) from wa.webhook w where name = 'crm' and {condition}"
                ) == 1
        );

    private static async Task<long> CountAsync(World world) =>
        await world.SqlAsync<long>("select count(*) from wa.webhook");

    private static async Task<long> VersionAsync(World world) =>
        await world.SqlAsync<long>("select version from wa.webhook_change");

    private static async Task ExecuteAsync(World world, string sql, params byte[][] values)
    {
        await using var command = world.Database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static Task CursorAsync(World world) =>
        ExecuteAsync(
            world,
            "insert into wa.webhook_cursor (webhook_id, session_id, seq) select id, 1, 5 from wa.webhook"
        );

    /// <summary>As the first pod makes it.</summary>
    private static async Task<(byte[] Public, byte[] Private)> BoxKeyAsync(World world)
    {
        var keys = SealedBox.CreateKeys();
        await Eventually.True(
            "the schema is there",
            async () => await world.SqlAsync<bool>("select to_regclass('wa.box_key') is not null")
        );
        await ExecuteAsync(
            world,
            "insert into wa.box_key (public_key, private_box) values ($1, 'x')",
            keys.Public
        );
        return keys;
    }

    private static async Task<bool> CanOpenAsync(World world, (byte[] Public, byte[] Private) keys)
    {
        try
        {
            await OpenAsync(world, keys);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static async Task<WebhookSecrets> OpenAsync(
        World world,
        (byte[] Public, byte[] Private) keys
    )
    {
        var box = (await world.SqlAsync<byte[]>("select secrets from wa.webhook"))!;
        Encoding.Latin1.GetString(box).ShouldNotContain("signing");
        return WebhookSecrets.FromBytes(SealedBox.Open(keys.Public, keys.Private, box));
    }

    private static Task ReportAsync(World world, string failingSince) =>
        ExecuteAsync(
            world,
            $"""
            insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, oldest_at, parked, dead, failing_since,
                                           last_success_at, last_error, last_error_at)
            select w.id, l.pool_uid, l.ordinal, l.epoch, 5, '2026-01-01 10:00Z', 2, 3, {failingSince}, '2026-01-01 12:00Z',
                   '503 from shard ' || l.ordinal, timestamptz '2026-01-01 11:00Z' + l.ordinal * interval '1 second'
              from wa.webhook w, wa.shard_lease l
            on conflict (webhook_id, pool_uid, ordinal) do update set failing_since = excluded.failing_since
            """
        );
}
