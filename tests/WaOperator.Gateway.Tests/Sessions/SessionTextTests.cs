using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using WaOperator.Gateway.Sessions;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Tests.Sessions;

public sealed class SessionTextTests
{
    private static readonly TenantName Acme = new(7, "acme-ns", "acme");

    [Theory]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void A_cursor_comes_back_as_it_was(long id) =>
        SessionCursor.Read(SessionCursor.Write(id)).ShouldBe(id);

    [Fact]
    public void A_token_of_the_cluster_comes_back_as_it_was()
    {
        SessionCursor.ReadToken(SessionCursor.WriteToken("abc")).ShouldBe("abc");
        SessionCursor.ReadToken(SessionCursor.Write(88)).ShouldBeNull();
        SessionCursor.Read(SessionCursor.WriteToken("12345678")).ShouldBeNull();
        foreach (var text in (string[])["", "Ag", "AgA", "AgAA", "A", "=", new('A', 8_000)])
            SessionCursor.ReadToken(text).ShouldBeNull(text.Length < 40 ? text : "long");
    }

    [Fact]
    public void Anything_else_is_no_cursor()
    {
        var cursor = SessionCursor.Write(88);
        foreach (
            var text in (string[])
                [
                    "",
                    "88",
                    "null",
                    cursor[..^1],
                    cursor + "A",
                    cursor + "=",
                    "=" + cursor,
                    cursor[..^1] + "\0",
                    "B" + cursor[1..],
                    new('A', 12),
                    new('_', 12),
                    new('ü', 12),
                    new('A', 100_000),
                ]
        )
            SessionCursor.Read(text).ShouldBeNull(text.Length < 40 ? text : "long");
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?limit=500&phase=Connected&namespace=acme&name=s&phone=%2B491700000001", null)]
    [InlineData("?phase=Pending", null)]
    [InlineData("?limit=0", "limit must be")]
    [InlineData("?limit=501", "limit must be")]
    [InlineData("?limit=1e1", "limit must be")]
    [InlineData("?limit=1&limit=2", "2 times")]
    [InlineData("?after=x", "after must be")]
    [InlineData("?phase=connected", "phase must be")]
    [InlineData("?phone=abc", "phone cannot be read")]
    [InlineData("?namespace=../x", "namespace must be")]
    [InlineData("?name=", "name must be")]
    [InlineData("?label=team%3Da,tier!%3Db&phase=Pending", null)]
    [InlineData("?label=", "label must be")]
    [InlineData("?label=a&after=AQAAAAAAAABY", "of the same list")]
    [InlineData("?after=AmFiYw", "of the same list")]
    [InlineData("?label=a&after=AmFiYw", null)]
    [InlineData("?offset=3", "no parameter offset")]
    [InlineData("?%00%0a=3", "no parameter of that name")]
    public void The_parameters_of_a_list_are_read_or_explained(string query, string? wrong)
    {
        var told = SessionQuery.Read(
            new QueryCollection(QueryHelpers.ParseQuery(query)),
            out var read
        );
        if (wrong is null)
        {
            told.ShouldBeNull();
            read.ShouldNotBeNull();
        }
        else
        {
            told.ShouldNotBeNull().ShouldContain(wrong);
            read.ShouldBeNull();
        }
    }

    [Fact]
    public void The_next_page_has_the_same_filters()
    {
        SessionQuery.Read(
            new QueryCollection(
                QueryHelpers.ParseQuery("?phase=Connected&limit=2&phone=%2B49+170+0000001")
            ),
            out var query
        );
        query!.Next("CURSOR").ShouldBe("?limit=2&after=CURSOR&phase=Connected&phone=491700000001");
    }

    [Fact]
    public void A_draft_says_what_was_asked_for_and_nothing_else()
    {
        var draft = SessionDraft.Create(
            new()
            {
                Name = "sales",
                Phone = "+49 170 0000001",
                Labels = new() { ["team"] = "a" },
            },
            Acme,
            out var errors
        );
        errors.ShouldBeEmpty();
        draft.Metadata.Namespace.ShouldBe("acme-ns");
        draft.Metadata.Labels!["app.kubernetes.io/managed-by"].ShouldBe("wa-gateway");
        draft
            .Spec!.ToJsonString()
            .ShouldBe("""{"tenantRef":{"name":"acme"},"phoneNumber":"491700000001"}""");
    }

    [Theory]
    [InlineData("""{"phone":"491700000001"}""", "#/name")]
    [InlineData("""{"name":"a"}""", "#/phone")]
    [InlineData("""{"name":"../a","phone":"491700000001"}""", "#/name")]
    [InlineData("""{"name":"A","phone":"491700000001"}""", "#/name")]
    [InlineData("""{"name":"a","phone":"12"}""", "#/phone")]
    [InlineData("""{"name":"a","phone":"491700000001","state":"On"}""", "#/state")]
    [InlineData(
        """{"name":"a","phone":"491700000001","pairing":{"method":"qr"}}""",
        "#/pairing/method"
    )]
    [InlineData(
        """{"name":"a","phone":"491700000001","pairing":{"deviceName":""}}""",
        "#/pairing/deviceName"
    )]
    [InlineData("""{"name":"a","phone":"491700000001","pool":"-"}""", "#/pool")]
    [InlineData(
        """{"name":"a","phone":"491700000001","deletionPolicy":"Keep"}""",
        "#/deletionPolicy"
    )]
    [InlineData(
        """{"name":"a","phone":"491700000001","labels":{"app.kubernetes.io/managed-by":"Helm"}}""",
        "#/labels/app.kubernetes.io~1managed-by"
    )]
    [InlineData(
        """{"name":"a","phone":"491700000001","labels":{"argocd.argoproj.io/x":"y"}}""",
        "#/labels/argocd.argoproj.io~1x"
    )]
    public void What_is_wrong_is_pointed_at(string json, string at)
    {
        SessionBody
            .TryRead(
                Encoding.UTF8.GetBytes(json),
                SessionsJson.Default.CreateSessionRequest,
                out var asked,
                out var wrong
            )
            .ShouldBeTrue(wrong);
        SessionDraft.Create(asked!, Acme, out var errors);
        errors.Select(e => e.Pointer).ShouldBe([at]);
    }

    [Fact]
    public void Any_bytes_are_a_request_or_a_problem()
    {
        var whole = Encoding.UTF8.GetBytes(
            """{"name":"a","phone":"491700000001","labels":{"a":"b"},"pairing":{"method":"QR"}}"""
        );
        var random = new Random(11);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (
                SessionBody.TryRead(
                    bytes.AsSpan(0, random.Next(bytes.Length + 1)),
                    SessionsJson.Default.CreateSessionRequest,
                    out var asked,
                    out var wrong
                )
            )
                SessionDraft.Create(asked!, Acme, out _);
            else
                wrong.ShouldNotBeNullOrEmpty();
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"nme":"a"}""")]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""{"name":1}""")]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"labels":{"a":1}}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"labels":{"\ud800":"x"}}""")]
    public void What_says_something_else_is_refused(string json) =>
        SessionBody
            .TryRead(
                Encoding.UTF8.GetBytes(json),
                SessionsJson.Default.CreateSessionRequest,
                out _,
                out _
            )
            .ShouldBeFalse();

    [Theory]
    [InlineData(null, "2026-05-01T12:00:00.000Z")]
    [InlineData("yesterday", "2026-05-01T12:00:00.000Z")]
    [InlineData("2026-04-30T12:00:00Z", "2026-05-01T12:00:00.000Z")]
    [InlineData("2026-05-01T12:00:00Z", "2026-05-01T12:00:00.001Z")]
    [InlineData("2026-05-01T16:00:00.5+02:00", "2026-05-01T14:00:00.501Z")]
    [InlineData("9999-12-31T23:59:59.999Z", "2026-05-01T12:00:00.000Z")]
    public void A_logout_is_later_than_the_one_before(string? before, string stamp) =>
        Stamps
            .After(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), before)
            .ShouldBe(stamp);

    [Fact]
    public void A_patch_writes_what_differs_and_touches_no_more()
    {
        var now = SessionDraft.Create(
            new()
            {
                Name = "sales",
                Phone = "491700000001",
                Labels = new() { ["team"] = "a", ["old"] = "x" },
            },
            Acme,
            out _
        );
        var change = SessionDraft.Patch(
            new()
            {
                State = "Active",
                Pairing = new() { Method = "Code" },
                Labels = new()
                {
                    ["team"] = "a",
                    ["old"] = null,
                    ["never"] = null,
                },
            },
            now,
            out var errors
        );
        errors.ShouldBeEmpty();
        change
            .Touched()
            .Select(t => string.Join('.', t.Path))
            .ShouldBe(["spec.pairing.method", "metadata.labels.old"]);
        change
            .ToMergePatch(new() { Uid = "u", ResourceVersion = "5" })
            .ToJsonString()
            .ShouldBe(
                """{"metadata":{"labels":{"old":null},"uid":"u","resourceVersion":"5"},"spec":{"pairing":{"method":"Code"}}}"""
            );
        SessionDraft.State("Active", now).IsEmpty.ShouldBeTrue();
        SessionDraft.State("Stopped", now).IsEmpty.ShouldBeFalse();
        SessionDraft
            .Patch(new() { History = "Full" }, now, out errors)
            .ToMergePatch(new() { Uid = "u", ResourceVersion = "5" })
            .ToJsonString()
            .ShouldContain(""" "spec":{"history":"Full"} """.Trim());
        errors.ShouldBeEmpty();
        SessionDraft.Patch(new() { History = "None" }, now, out _).IsEmpty.ShouldBeTrue();
        SessionDraft.Patch(new() { History = "All" }, now, out errors);
        errors.ShouldHaveSingleItem().Pointer.ShouldBe("#/history");
        SessionDraft.Patch(new() { State = "x" }, now, out errors);
        errors.ShouldHaveSingleItem().Pointer.ShouldBe("#/state");
    }

    [Theory]
    [InlineData(409, "AlreadyExists", "taken", 409, "session-exists")]
    [InlineData(409, "Conflict", "changed", 409, "conflict")]
    [InlineData(404, "NotFound", "not found", 404, "unknown-session")]
    [InlineData(422, "Invalid", "spec.pool: Invalid value", 422, "invalid-session")]
    [InlineData(403, "Forbidden", "exceeded quota: sessions", 403, "quota-exceeded")]
    [InlineData(403, "Forbidden", "User \"gateway\" cannot create resource", 501, "not-supported")]
    [InlineData(403, "Forbidden", "admission webhook \"x\" denied it", 403, "refused")]
    [InlineData(400, "BadRequest", "admission webhook \"x\" denied it", 403, "refused")]
    [InlineData(500, "InternalError", "etcd", 503, "cluster-away")]
    [InlineData(429, "TooManyRequests", "slow", 503, "cluster-away")]
    [InlineData(401, "Unauthorized", "", 503, "cluster-away")]
    public void A_refusal_of_the_cluster_is_told_in_its_words(
        int code,
        string reason,
        string message,
        int status,
        string slug
    )
    {
        var problem = ClusterRefusals.ToProblem(
            new KubernetesException(
                new Status
                {
                    Code = code,
                    Reason = reason,
                    Message = message,
                },
                "POST"
            ),
            "acme",
            "s"
        );
        (problem.Status, problem.Slug).ShouldBe((status, slug));
        if (status is 403 or 422)
            problem.Detail.ShouldContain(message);
    }

    [Fact]
    public void The_tenant_of_a_new_session_must_be_clear()
    {
        SessionTenant.TryChoose([Acme], null, out var tenant, out _).ShouldBeTrue();
        tenant.ShouldBe(Acme);
        SessionTenant.TryChoose([Acme], "other", out _, out var refusal).ShouldBeFalse();
        refusal!.Status.ShouldBe(404);
        TenantName[] two = [Acme, new(8, "b-ns", "b")];
        SessionTenant.TryChoose(two, null, out _, out refusal).ShouldBeFalse();
        refusal!.Status.ShouldBe(400);
        SessionTenant.TryChoose(two, "b-ns", out tenant, out _).ShouldBeTrue();
        tenant!.Name.ShouldBe("b");
        SessionTenant.TryChoose([], null, out _, out refusal).ShouldBeFalse();
        refusal!.Status.ShouldBe(409);
    }
}
