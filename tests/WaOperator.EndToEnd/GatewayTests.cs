using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>The one address of the tenant API, on the demo's cluster.</summary>
[Collection(nameof(Demo))]
public sealed class GatewayTests(Demo demo)
{
    private const string Gateway = "wa-operator-gateway";
    private const string Session = "bakery-orders";

    [Fact]
    public async Task The_curl_that_the_demo_prints_before_its_last_line_sends_a_message()
    {
        await demo.WaitAllConnectedAsync();
        var answer = await SendAsync();

        var state = await Eventually.Get(
            "the message is acknowledged by the server",
            async () =>
                await GetAsync($"/messages/{answer["id"]}") is { } message
                && (string?)message["state"] == "Acked"
                    ? message
                    : null,
            TimeSpan.FromSeconds(30)
        );
        ((string?)state["id"]).ShouldBe((string?)answer["id"]);
    }

    [Fact]
    public async Task Sending_goes_on_while_a_replica_is_replaced()
    {
        await demo.WaitAllConnectedAsync();
        await demo.KubectlAsync("-n", Demo.Release, "rollout", "restart", "deployment/" + Gateway);
        var rolled = demo.KubectlAsync(
            "-n",
            Demo.Release,
            "rollout",
            "status",
            "deployment/" + Gateway,
            "--timeout=120s"
        );
        await SendUntilAsync(rolled);
    }

    [Fact]
    public async Task Sending_goes_on_while_the_sessions_pod_is_replaced()
    {
        await demo.WaitAllConnectedAsync();
        var pod = (string)(await demo.GetAsync("whatsappsession", Session))["status"]!["pod"]!;
        var deleted = demo.KubectlAsync("-n", Demo.Release, "delete", "pod", pod);
        await SendUntilAsync(deleted);
        await demo.WaitAllConnectedAsync();
    }

    [Fact]
    public async Task It_may_write_sessions_and_read_no_secret()
    {
        (await MayAsync("create", "whatsappsessions.whatsapp.wa-operator.io")).ShouldBeTrue();
        (await MayAsync("get", "whatsapptenants.whatsapp.wa-operator.io")).ShouldBeTrue();
        (await MayAsync("get", "secrets")).ShouldBeFalse();
        (await MayAsync("get", "pods")).ShouldBeFalse();
    }

    [Fact]
    public async Task Its_role_reads_no_key_and_no_message()
    {
        foreach (
            var table in (string[])
                [
                    "session_key",
                    "session_record",
                    "session_event",
                    "session_outbox",
                    "session_pairing",
                    "tenant_key",
                ]
        )
            (
                await demo.SqlAsync(
                    $"select has_table_privilege('wa_gateway', 'wa.{table}', 'select, insert, update, delete')"
                )
            ).ShouldBe("f", table);
    }

    [Fact]
    public async Task Its_replicas_are_on_two_nodes_and_have_a_disruption_budget()
    {
        var pods = await demo.ListAsync(
            "pods",
            Demo.Release,
            "app.kubernetes.io/component=gateway"
        );
        pods.Count.ShouldBeGreaterThanOrEqualTo(2);
        (
            (int?)
                (await demo.GetAsync("poddisruptionbudget", Gateway, Demo.Release))["status"]![
                    "disruptionsAllowed"
                ]
        ).ShouldBe(1);
    }

    /// <summary>
    /// Asks all the time, and sends as often as the limit of one recipient's messages in a minute leaves room for: past it the API
    /// refuses, rightly.
    /// </summary>
    private async Task SendUntilAsync(Task over)
    {
        const int mostSent = 10;
        for (var asked = 0; !over.IsCompleted; asked++)
            if (asked % 5 == 0 && asked < 5 * mostSent)
                await SendAsync();
            else
                (await GetAsync("")).ShouldNotBeNull();
        await over;
        await SendAsync();
    }

    private Task<JsonNode> SendAsync() => Curl.SendAsync(demo);

    private Task<JsonNode?> GetAsync(string path) => Curl.GetAsync(demo, path);

    private async Task<bool> MayAsync(string verb, string resource) =>
        (
            await demo.TryKubectlAsync([
                "auth",
                "can-i",
                verb,
                resource,
                "-n",
                Demo.Samples,
                $"--as=system:serviceaccount:{Demo.Release}:{Gateway}",
            ])
        ).Out.Trim() == "yes";
}
