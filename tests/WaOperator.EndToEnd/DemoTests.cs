namespace WaOperator.EndToEnd;

/// <summary>The main job, as a new user sees it.</summary>
[Collection(nameof(Demo))]
public sealed class DemoTests(Demo demo)
{
    [Fact]
    public void The_demo_ends_with_every_session_connected()
    {
        demo.Printed.Succeeded("hack/demo");
        demo.Printed.Out.TrimEnd().Split('\n')[^1].ShouldBe("demo: 5/5 sessions Connected");
    }

    [Fact]
    public async Task Kubectl_wait_works_on_each_sample_session()
    {
        foreach (var session in await demo.ListAsync("whatsappsessions"))
            await demo.KubectlAsync(
                "-n",
                Demo.Samples,
                "wait",
                "--for=condition=Connected",
                "whatsappsession/" + (string)session["metadata"]!["name"]!,
                "--timeout=60s"
            );
    }

    [Fact]
    public async Task Short_names_and_the_category_work_and_show_the_phase()
    {
        foreach (var name in (string[])["was", "wat", "wasp", "wawh", "wa"])
            (await demo.KubectlAsync("get", name, "-A")).ShouldNotBeEmpty();
        var table = await demo.KubectlAsync("-n", Demo.Samples, "get", "was");
        table.Split('\n')[0].ShouldContain("PHASE");
        table.ShouldContain("Connected");
    }

    [Fact]
    public async Task Session_pods_have_no_token_and_run_restricted()
    {
        var pods = await demo.ListAsync(
            "pods",
            Demo.Release,
            "app.kubernetes.io/component=session-pod"
        );
        pods.Count.ShouldBeGreaterThan(0);
        foreach (var pod in pods)
        {
            ((bool?)pod["spec"]!["automountServiceAccountToken"]).ShouldBe(false);
            var container = pod["spec"]!["containers"]![0]!;
            ((bool?)container["securityContext"]!["readOnlyRootFilesystem"]).ShouldBe(true);
            ((bool?)container["securityContext"]!["allowPrivilegeEscalation"]).ShouldBe(false);
            ((string?)container["securityContext"]!["capabilities"]!["drop"]![0]).ShouldBe("ALL");
            container["volumeMounts"]!
                .AsArray()
                .Select(m => (string?)m!["mountPath"])
                .ShouldNotContain("/var/run/secrets/kubernetes.io/serviceaccount");
        }
    }

    [Fact]
    public async Task Pairing_codes_are_gone_once_every_session_is_paired()
    {
        await demo.WaitAllConnectedAsync();

        (await demo.SqlAsync("select count(*) from wa.session_pairing")).ShouldBe("0");
        foreach (var session in await demo.ListAsync("whatsappsessions"))
        {
            var name = (string)session["metadata"]!["name"]!;
            await WaOperator.Testing.Eventually.True(
                $"the pairing Secret of {name} is gone",
                async () =>
                    (
                        await demo.TryKubectlAsync([
                            "-n",
                            Demo.Samples,
                            "get",
                            "secret",
                            name + "-pairing",
                        ])
                    ).ExitCode != 0
            );
        }
    }

    [Fact]
    public async Task Keys_are_encrypted_at_rest()
    {
        // A plain credentials row would hold the device's JID and the names of its fields.
        (await demo.SqlAsync("select count(*) from wa.session_key")).ShouldNotBe("0");
        (
            await demo.SqlAsync(
                "select count(*) from wa.session_key where position('s.whatsapp.net'::bytea in ciphertext) > 0 or position('egistration'::bytea in ciphertext) > 0"
            )
        ).ShouldBe("0");
    }
}
