using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>A gateway, a pod that takes messages as ours do, and a session whose phone is linked.</summary>
internal sealed class CloudWorld : IAsyncDisposable
{
    private CloudWorld(
        GatewayWorld world,
        FakePod pod,
        TestGateway gateway,
        FakeSession session,
        string phone,
        long account
    )
    {
        (World, Pod, Gateway, Session, Phone, Account) = (
            world,
            pod,
            gateway,
            session,
            phone,
            account
        );
        Tenant = new(gateway);
    }

    public GatewayWorld World { get; }

    public FakePod Pod { get; }

    public TestGateway Gateway { get; }

    public FakeSession Session { get; }

    /// <summary>The number of the session.</summary>
    public string Phone { get; }

    /// <summary>The tenant's key in the database, which is the id of its account.</summary>
    public long Account { get; }

    public Tenant Tenant { get; }

    /// <summary>Where messages are posted to.</summary>
    public string Messages => $"/cloud/v23.0/{Phone}/messages";

    public static async Task<CloudWorld> StartAsync(
        Func<GatewayOptions, GatewayOptions>? change = null
    )
    {
        var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        pod.Answer = AnswerAsync;
        var session = await world.SessionAsync(pod);
        var phone = (string)
            (await world.SqlAsync($"select phone from wa.session where id = {session.Id}"))!;
        await LinkAsync(world, session);
        return new(
            world,
            pod,
            await world.GatewayAsync(change),
            session,
            phone,
            await world.TenantAsync()
        );
    }

    /// <summary>A phone is linked to a session, as its pod would report it.</summary>
    public static Task LinkAsync(GatewayWorld world, FakeSession session) =>
        world.SqlAsync(
            $"""
            insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase, paired)
              values ({session.Id}, 1, '{GatewayWorld.Pool}', 0, 'wa-default-0', 'Connected', true)
              on conflict (session_id) do update set paired = true
            """
        );

    /// <summary>The last body that the pod was given.</summary>
    public JsonNode LastBody => JsonNode.Parse(Pod.Requests.Last().Body)!;

    /// <summary>As pods answer.</summary>
    public static Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path.EndsWith("/messages", StringComparison.Ordinal))
            return FakePod.JsonAsync(
                http,
                202,
                """{"id":"3EB0A1B2C3","state":"Queued","to":"491700000002@s.whatsapp.net"}"""
            );
        if (path.EndsWith("/media", StringComparison.Ordinal))
            return FakePod.JsonAsync(
                http,
                201,
                """{"id":"med_abc-1","kind":"image","mimeType":"image/jpeg","bytes":5,"sha256":"ff","expiresAt":"2026-12-30T00:00:00Z"}"""
            );
        if (path.EndsWith("/link", StringComparison.Ordinal))
            return FakePod.JsonAsync(
                http,
                200,
                """{"url":"/v1/media/token","expiresAt":"2026-12-30T00:00:00Z","mimeType":"image/jpeg","bytes":5,"sha256":"ff"}"""
            );
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <summary>The number of an error in Meta's shape, after a look at the shape.</summary>
    public static int CodeOf(Answer answer)
    {
        var error = answer.Body!["error"].ShouldNotBeNull();
        error
            .AsObject()
            .Select(p => p.Key)
            .ShouldBe(["message", "type", "code", "error_data", "fbtrace_id"]);
        ((string?)error["type"]).ShouldBe("OAuthException");
        ((string?)error["error_data"]!["messaging_product"]).ShouldBe("whatsapp");
        ((string?)error["error_data"]!["details"]).ShouldNotBeNullOrEmpty();
        ((string?)error["message"])!.ShouldStartWith($"(#{(int)error["code"]!})");
        return (int)error["code"]!;
    }

    public async ValueTask DisposeAsync()
    {
        Tenant.Dispose();
        await World.DisposeAsync();
    }
}
