using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>What deleting leaves behind: nothing, unless it is asked for.</summary>
[Collection(nameof(Demo))]
public sealed class DeletionTests(Demo demo)
{
    [Fact]
    public async Task A_deleted_session_is_unlinked_on_the_phone_and_its_rows_are_gone()
    {
        const string phone = "491709999101";
        var simulator = new Simulator(demo);
        await ConnectAsync("goes", phone, "deletionPolicy: Unlink", simulator);
        (await simulator.DevicesAsync(phone)).ShouldBe(1);

        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsappsession",
            "goes",
            "--timeout=90s"
        );

        (await simulator.DevicesAsync(phone)).ShouldBe(0);
        (await demo.SqlAsync($"select count(*) from wa.session where phone = '{phone}'")).ShouldBe(
            "0"
        );
        (
            await demo.SqlAsync(
                "select count(*) from wa.session_key k left join wa.session s on s.id = k.session_id where s.id is null"
            )
        ).ShouldBe("0");
    }

    [Fact]
    public async Task A_retained_session_is_adopted_without_a_new_scan()
    {
        const string phone = "491709999102";
        var simulator = new Simulator(demo);
        await ConnectAsync("stays", phone, "deletionPolicy: Retain", simulator);
        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsappsession",
            "stays",
            "--timeout=90s"
        );
        (await simulator.DevicesAsync(phone)).ShouldBe(1);

        await demo.ApplyAsync(Yaml.Session("stays-again", await TenantAsync(), phone));
        await demo.WaitConditionAsync("whatsappsession", "stays-again", "Connected", "True");

        (await simulator.DevicesAsync(phone)).ShouldBe(1);
        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsappsession",
            "stays-again",
            "--timeout=90s"
        );
        (await simulator.DevicesAsync(phone)).ShouldBe(0);
    }

    [Fact]
    public async Task A_device_unlinked_on_the_phone_is_LoggedOut_and_pairs_again_on_request()
    {
        const string phone = "491709999103";
        var simulator = new Simulator(demo);
        await ConnectAsync("unlinked", phone, "deletionPolicy: Unlink", simulator);
        var device = (await simulator.GetAsync("/phones/" + phone))["devices"]![0]!;

        await simulator.PostAsync(
            $"/phones/{phone}/unlink",
            $$"""{"device": {{device["device"]}}}"""
        );

        await demo.WaitConditionAsync(
            "whatsappsession",
            "unlinked",
            "Paired",
            "False",
            "LoggedOut"
        );
        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "annotate",
            "whatsappsession",
            "unlinked",
            "whatsapp.wa-operator.io/pair=again",
            "--overwrite"
        );
        await simulator.ScanAsync("unlinked", phone);
        await demo.WaitConditionAsync("whatsappsession", "unlinked", "Connected", "True");
        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsappsession",
            "unlinked",
            "--timeout=90s"
        );
    }

    [Fact]
    public async Task A_tenant_with_sessions_waits_with_its_deletion_and_says_so()
    {
        await demo.ApplyAsync(Yaml.Tenant("leaving", Demo.Samples));
        await demo.ApplyAsync(Yaml.Session("holds-it", "leaving", "491709999104"));
        await demo.WaitConditionAsync("whatsapptenant", "leaving", "Ready", "True");
        await Eventually.True(
            "the session is known to its tenant",
            async () =>
                (int?)
                    (await demo.GetAsync("whatsapptenant", "leaving"))["status"]
                        ?["sessions"]
                        ?["total"] == 1
        );

        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsapptenant",
            "leaving",
            "--wait=false"
        );

        await Eventually.True(
            "the tenant says what it waits for",
            async () =>
                (await demo.GetAsync("whatsapptenant", "leaving"))["status"]!["conditions"]!
                    .AsArray()
                    .Any(c =>
                        ((string?)c!["message"])?.Contains("session", StringComparison.Ordinal)
                            == true
                        && (string?)c["reason"] == "Deleting"
                    )
        );
        await demo.KubectlAsync(
            "-n",
            Demo.Samples,
            "delete",
            "whatsappsession",
            "holds-it",
            "--timeout=90s"
        );
        await Eventually.True(
            "the tenant is gone",
            async () =>
                (
                    await demo.TryKubectlAsync([
                        "-n",
                        Demo.Samples,
                        "get",
                        "whatsapptenant",
                        "leaving",
                    ])
                ).ExitCode != 0
        );
    }

    private async Task<string> TenantAsync() =>
        (string)(await demo.ListAsync("whatsapptenants"))[0]["metadata"]!["name"]!;

    private async Task ConnectAsync(string name, string phone, string more, Simulator simulator)
    {
        await demo.ApplyAsync(Yaml.Session(name, await TenantAsync(), phone, more));
        await simulator.ScanAsync(name, phone);
        await demo.WaitConditionAsync("whatsappsession", name, "Connected", "True");
    }
}
