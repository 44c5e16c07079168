using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Sessions;

public sealed class SessionReadsTests
{
    [Fact]
    public async Task A_session_is_shown_by_its_pod_and_without_one_as_it_was_reported()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        await world.TenantAsync("other", "other-key");
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        using var other = new Tenant(gateway, "other-key");
        (await tenant.GetAsync(session.Path)).Status.ShouldBe(202, "that is what the pod says");

        await world.ReleaseAsync(session);

        Answer? shown = null;
        await Eventually.True(
            "it is shown without a pod",
            async () => (shown = await tenant.GetAsync(session.Path)).Status == 200
        );
        ((string?)shown!.Body!["phase"]).ShouldBe("Pending");
        ((string?)shown.Body["state"]).ShouldBe("Active");
        (await other.GetAsync(session.Path)).Slug.ShouldBe("unknown-session");
        (await tenant.GetAsync("/v1/sessions/ns/none")).Slug.ShouldBe("unknown-session");
    }

    [Fact]
    public async Task A_pairing_is_followed_through_the_gateway_as_it_goes()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var scanned = new TaskCompletionSource();
        pod.Answer = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("event: qr\ndata: {}\n\n");
            await http.Response.Body.FlushAsync();
            await scanned.Task;
            await http.Response.WriteAsync("event: complete\ndata: {}\n\n");
        };
        using var tenant = new Tenant(await world.GatewayAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{session.Path}/pairing");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));

        using var answer = await tenant.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );

        ((int)answer.StatusCode).ShouldBe(200);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("event: qr");
        scanned.SetResult();
        (await reader.ReadToEndAsync()).ShouldContain("event: complete");
        pod.Requests.ShouldHaveSingleItem().Headers.Accept.ToString().ShouldBe("text/event-stream");
    }
}
