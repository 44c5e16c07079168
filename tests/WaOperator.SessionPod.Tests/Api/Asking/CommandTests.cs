using System.Security.Cryptography;
using System.Text;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Operator;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Api.Asking;

/// <summary>What becomes of requests whose answer is WhatsApp's.</summary>
public sealed class CommandTests
{
    private const string Group = "/groups/120399@g.us";

    private static readonly object Adding = new { add = new[] { "491701234567" } };

    [Fact]
    public async Task What_gets_no_answer_is_told_within_the_limit()
    {
        var network = new FakeNetwork();
        await using var rooms = await RoomWorld.StartAsync(
            network,
            o => o with { CommandLimit = TimeSpan.FromMilliseconds(200) }
        );
        var session = await rooms.World.PairedAsync(0);
        var connection = await network.ConnectionAsync(session, 2);
        connection.Groups.Group = async (_, ct) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(ct);
            throw new InvalidOperationException();
        };
        connection.Groups.Members = async (_, ct) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(ct);
            return [];
        };

        (await rooms.RefusedAsync(504, HttpMethod.Get, session, Group)).ShouldBe("no-answer");
        // A change may have been made: it is not to be tried again blindly.
        var unknown = await rooms.AskedAsync(
            502,
            HttpMethod.Post,
            session,
            Group + "/members",
            Adding
        );
        ((string?)unknown["type"]).ShouldBe("urn:wa:problem:outcome-unknown");
        ((bool)unknown["retryable"]!).ShouldBeFalse();

        connection.Groups.Group = (_, _) => throw new TimeoutException();
        (await rooms.RefusedAsync(504, HttpMethod.Get, session, Group)).ShouldBe("no-answer");
        connection.Groups.Group = (_, _) => throw new OperationCanceledException();
        (await rooms.RefusedAsync(503, HttpMethod.Get, session, Group)).ShouldBe("not-connected");
        connection.Groups.Members = (_, _) => throw new NotConnectedException();
        (
            await rooms.RefusedAsync(503, HttpMethod.Post, session, Group + "/members", Adding)
        ).ShouldBe("not-connected");
    }

    [Theory]
    [InlineData(401, 403, "forbidden-by-whatsapp")]
    [InlineData(404, 404, "unknown-to-whatsapp")]
    [InlineData(409, 409, "conflict-at-whatsapp")]
    [InlineData(406, 422, "refused-by-whatsapp")]
    [InlineData(429, 429, "rate-limited")]
    [InlineData(501, 501, "not-supported")]
    [InlineData(503, 502, "refused-by-whatsapp")]
    [InlineData(null, 502, "refused-by-whatsapp")]
    public void Refusals_have_a_status_a_kind_and_the_servers_words(
        int? code,
        int status,
        string slug
    )
    {
        var problem = Refusals.Of(
            new QueryRefusedException("the group", code, "some words\u0007" + new string('x', 1000))
        );
        (problem.Status, problem.Slug).ShouldBe((status, slug));
        problem.Detail.ShouldContain("the server refused the group");
        problem.Detail.ShouldContain("some words");
        problem.Detail.Length.ShouldBeLessThan(500);
        problem.Detail.ShouldNotContain("\u0007");
    }

    [Fact]
    public async Task A_session_a_tenant_and_a_pod_run_so_many_at_once()
    {
        var network = new FakeNetwork();
        await using var rooms = await RoomWorld.StartAsync(
            network,
            o => o with { MaxSessionCommands = 1, MaxTenantCommands = 2, MaxCommands = 100 }
        );
        TestSession[] sessions =
        [
            await rooms.World.PairedAsync(0),
            await rooms.World.PairedAsync(0),
            await rooms.World.PairedAsync(0),
        ];
        var answer = new TaskCompletionSource<GroupInfo>();
        var asked = 0;
        foreach (var session in sessions)
            (await network.ConnectionAsync(session, 2)).Groups.Group = (_, _) =>
            {
                Interlocked.Increment(ref asked);
                return answer.Task;
            };

        var first = rooms.AskAsync(HttpMethod.Get, sessions[0], Group);
        await Testing.Eventually.True("one to run", () => Task.FromResult(asked == 1));
        (await rooms.RefusedAsync(429, HttpMethod.Get, sessions[0], Group)).ShouldBe(
            "rate-limited"
        );
        var second = rooms.AskAsync(HttpMethod.Get, sessions[1], Group);
        await Testing.Eventually.True("two to run", () => Task.FromResult(asked == 2));
        (await rooms.RefusedAsync(429, HttpMethod.Get, sessions[2], Group)).ShouldBe(
            "rate-limited"
        );

        answer.SetResult(
            new()
            {
                Jid = Jid.Parse("120399@g.us"),
                Subject = "Team",
                Members = [],
            }
        );
        (await first).Status.ShouldBe(200);
        (await second).Status.ShouldBe(200);
        foreach (var session in sessions)
            await rooms.AskedAsync(200, HttpMethod.Get, session, Group);
    }

    [Fact]
    public async Task What_was_done_before_a_failure_is_told()
    {
        var network = new FakeNetwork();
        await using var rooms = await RoomWorld.StartAsync(network);
        var session = await rooms.World.PairedAsync(0);
        var fake = (await network.ConnectionAsync(session, 2)).Groups;
        fake.Members = (action, _) =>
            action switch
            {
                MemberAction.Add => Task.FromResult<IReadOnlyList<MemberChange>>([
                    new(Jid.Parse("491701@lid"), 403)
                    {
                        Phone = Jid.Parse("491701234567@s.whatsapp.net"),
                        Invite = new("CODE1234", DateTimeOffset.UnixEpoch),
                    },
                ]),
                MemberAction.Remove => FakeSocial.Refuse<IReadOnlyList<MemberChange>>(403),
                MemberAction.Promote => throw new TimeoutException(),
                _ => throw new InvalidOperationException("not to be tried"),
            };
        var answer = await rooms.AskedAsync(
            200,
            HttpMethod.Post,
            session,
            Group + "/members",
            new
            {
                add = new[] { "491701234567" },
                remove = new[] { "491701234568" },
                promote = new[] { "491701234569" },
                demote = new[] { "491701234570" },
            }
        );
        answer["members"]!
            .AsArray()
            .Select(m => (string)m!["outcome"]!)
            .ShouldBe(["inviteNeeded", "failed", "unknown", "failed"]);
        var invited = answer["members"]![0]!;
        ((string?)invited["lid"]).ShouldBe("491701@lid");
        ((string?)invited["invite"]!["code"]).ShouldBe("CODE1234");

        fake.Setting = (setting, _) =>
            setting is GroupSetting.Locked ? FakeSocial.Refuse<bool>(406) : Task.CompletedTask;
        var partly = await rooms.AskedAsync(
            422,
            HttpMethod.Patch,
            session,
            Group,
            new { subject = "a", locked = true }
        );
        ((string?)partly["type"]).ShouldBe("urn:wa:problem:partly-changed");
        ((string)partly["detail"]!).ShouldContain("#/subject was changed");
        ((string?)partly["errors"]![0]!["pointer"]).ShouldBe("#/locked");
    }

    [Fact]
    public async Task Sessions_of_other_tenants_are_unknown()
    {
        await using var rooms = await RoomWorld.StartAsync(new FakeNetwork());
        var session = await rooms.World.PairedAsync(0);
        const string key = "other-0123456789abcdef0123456789abcdef";
        var other = await rooms.World.Desired.PutTenantAsync(
            new TenantRow("ns", "other", false, "{}")
        );
        await rooms.World.Desired.PutApiKeysAsync(
            other,
            [SHA256.HashData(Encoding.ASCII.GetBytes(key))]
        );
        using var theirs = new ApiClient(rooms.Pod.Api, key);
        foreach (
            var path in (string[])
                ["/groups", Group, Group + "/invite", "/blocks", "/blocks/4917012345"]
        )
            (await theirs.GetAsync($"/v1/sessions/ns/{session.Name}{path}")).Status.ShouldBe(404);
    }
}
