using System.Text;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Endpoints with certificates of an authority of their own, which ask for one.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task An_endpoint_of_an_own_authority_is_trusted_by_that_and_shown_a_certificate_that_may_change()
    {
        using var others = new Pki();
        await using var world = await WebhookWorld.StartAsync(
            await WebhookReceiver.StartAsync(trusted: others, asksForCertificate: true)
        );
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        (await ErrorAsync(world, webhook)).ShouldStartWith("TLS: ");
        world.Receiver.Seen.ShouldBeEmpty();

        await world.SecretsAsync(webhook, Of(world.Receiver.Authority, "first"));
        await world.Receiver.TakenAsync(1);
        for (var i = 2; i <= 100; i++)
        {
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));
            if (i == 50)
                await world.SecretsAsync(webhook, Of(world.Receiver.Authority, "second"));
        }
        await world.Receiver.TakenAsync(100);
        await Eventually.True(
            "the other certificate is shown",
            async () =>
            {
                await phone.JournalAsync(WebhookWorld.Text("M0"));
                return world.Receiver.Seen.Last().Identity == "O=wa, CN=second";
            }
        );
        world.Receiver.Seen.First().Identity.ShouldBe("O=wa, CN=first");
        world
            .Receiver.Taken.Select(p => p.Number)
            .Where(n => n > 0)
            .Distinct()
            .Count()
            .ShouldBe(100, "events were lost");
    }

    [Fact]
    public async Task No_other_authority_is_trusted_and_the_host_name_is_checked()
    {
        using var others = new Pki();
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var stranger = await world.WebhookAsync(
            session.Tenant,
            secrets: new()
            {
                Signing = [WebhookWorld.Secret],
                Tls = new() { Authorities = others.AuthorityPem },
            }
        );
        var misnamed = await world.WebhookAsync(
            session.Tenant,
            s => s with { Url = $"https://localhost:{world.Receiver.Address.Port}/" },
            new()
            {
                Signing = [WebhookWorld.Secret],
                Tls = new() { Authorities = world.Receiver.Authority.AuthorityPem },
            }
        );

        await phone.JournalAsync(WebhookWorld.Text("M1"));

        (await ErrorAsync(world, stranger)).ShouldStartWith("TLS: ");
        (await ErrorAsync(world, misnamed)).ShouldStartWith("TLS: ");
        world.Receiver.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Certificates_that_cannot_be_used_are_told_and_nothing_is_posted()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(
            session.Tenant,
            secrets: new()
            {
                Signing = [WebhookWorld.Secret],
                Tls = new() { Certificate = "none", Key = [1] },
            }
        );
        await phone.JournalAsync(WebhookWorld.Text("M1"));

        (await ErrorAsync(world, webhook)).ShouldBe("its certificates cannot be used");
        world.Receiver.Seen.ShouldBeEmpty();
    }

    private static WebhookSecrets Of(Pki authority, string name)
    {
        var (certificate, key) = authority.Client(name, "wa");
        return new()
        {
            Signing = [WebhookWorld.Secret],
            Tls = new()
            {
                Authorities = authority.AuthorityPem,
                Certificate = certificate,
                Key = Encoding.ASCII.GetBytes(key),
            },
        };
    }

    private static Task<string> ErrorAsync(WebhookWorld world, long webhook) =>
        Eventually.Get(
            "the error is reported",
            async () =>
                await world.World.SqlAsync(
                    $"select last_error from wa.webhook_report where webhook_id = {webhook}"
                ) as string
        );
}
