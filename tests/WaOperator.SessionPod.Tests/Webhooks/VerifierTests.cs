using System.Text;
using System.Text.Json;
using WaOperator.Sealing;
using WaOperator.SessionPod.Journal;
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
        foreach (
            var e in TenantEventsTests.Events().Concat(EnvelopeTests.Table().Select(t => t.Event))
        )
            if (e is not PassingEvent && EventNames.Of(e) is { } type)
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
        (await JudgeAsync("verify.mjs", judged)).ShouldBe($"accepted {judged.Count}");
    }

    [Fact]
    public async Task Node_accepts_what_is_signed_with_ed25519_and_as_meta_signs_and_nothing_that_was_changed()
    {
        const string id = "evt_1f_7";
        const long seconds = 1_796_000_000;
        var body = """{"text":"\u00e4 \ud83d\udc4d <&>"}""";
        var bytes = Encoding.UTF8.GetBytes(body);
        byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] next = [.. seed.Reverse()];
        const string secret = "whsec_pasted as it stands";
        var judged = new[] { (seed, body, true), (next, body, true), (seed, body + " ", false) }
            .Select(p => new
            {
                seed = Convert.ToBase64String(p.Item1),
                secret,
                id,
                timestamp = $"{seconds}",
                signatures = WebhookSignature.Sign(
                    WebhookSigning.V1a,
                    [SigningKey.Of(seed)!, SigningKey.Of(next)!],
                    id,
                    seconds,
                    bytes
                ),
                hub = WebhookSignature.OfHub(Encoding.ASCII.GetBytes(secret), bytes),
                body = p.Item2,
                good = p.Item3,
            })
            .ToList();
        (await JudgeAsync("signatures.mjs", judged)).ShouldBe($"judged {judged.Count}");
    }

    private static async Task<string> JudgeAsync<T>(string script, List<T> judged)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(judged));
            await Folder.InstallAsync();
            return (await Folder.RunAsync("node", script, file)).Trim();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
