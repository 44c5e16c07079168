using System.Text;
using System.Text.Json;
using WaOperator.SessionPod.Tests.Api;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Posts judged by packages that receivers use and that know nothing of this product.</summary>
public sealed class VerifierTests
{
    private static readonly NodeFolder Folder = new("tests/webhooks");

    [Fact]
    public async Task Packages_of_receivers_accept_every_kind_of_event_during_a_rotation()
    {
        byte[] old = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
        byte[] next = [.. Enumerable.Range(0, 64).Select(i => (byte)(255 - i))];
        var at = TimeProvider.System.GetUtcNow();
        var seconds = at.ToUnixTimeSeconds();
        var session = new Assignment
        {
            Id = 0x1f,
            TenantId = 1,
            Namespace = "team-a",
            Name = "sales",
            Tenant = "acme",
            Phone = "4917012345678",
            PairingMethod = "QR",
            DeviceName = "x",
            Desired = DesiredState.Active,
        };
        var posts = new List<WebhookPost>();
        long seq = 0;
        foreach (var e in TenantEventsTests.Events())
            if (EventNames.Of(e) is { } type)
                foreach (var format in (WebhookFormat[])[WebhookFormat.Native, WebhookFormat.Thin])
                    posts.Add(WebhookEnvelope.Of(session, ++seq, at, type, e, format));
        posts.Add(WebhookEnvelope.OfGap(session, 1, 41, at, WebhookFormat.Native));
        posts.Count.ShouldBeGreaterThan(100);
        byte[][][] rounds =
        [
            [old],
            [next, old],
            [next],
        ];
        var judged = (
            from post in posts
            from secrets in rounds
            from secret in secrets
            select (post, secrets, secret)
        )
            .Select(p => new
            {
                secret = $"whsec_{Convert.ToBase64String(p.secret)}",
                headers = new Dictionary<string, string>
                {
                    ["webhook-id"] = p.post.Id,
                    ["webhook-timestamp"] = $"{seconds}",
                    ["webhook-signature"] = WebhookSignature.Sign(
                        WebhookSigning.V1,
                        p.secrets,
                        p.post.Id,
                        seconds,
                        p.post.Body
                    ),
                },
                body = Encoding.UTF8.GetString(p.post.Body),
            })
            .ToList();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(judged));
            await Folder.InstallAsync();
            (await Folder.RunAsync("node", "verify.mjs", file))
                .Trim()
                .ShouldBe($"accepted {judged.Count}");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
