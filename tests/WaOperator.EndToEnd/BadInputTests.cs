using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>Bad resources get a clear error, and nothing else changes.</summary>
[Collection(nameof(Demo))]
public sealed class BadInputTests(Demo demo)
{
    [Theory]
    [InlineData("phone abc", "abc", "phone", "")]
    [InlineData("short phone", "12345", "phone", "")]
    [InlineData("name of 300 characters", "491708888003", "name", "300")]
    public async Task The_API_server_refuses_it_with_a_word_on_what_is_wrong(
        string _,
        string phone,
        string about,
        string length
    )
    {
        var name = length.Length == 0 ? "bad" : new string('a', 300);

        var answer = await demo.TryApplyAsync(Yaml.Session(name, "any", phone));

        answer.ExitCode.ShouldNotBe(0);
        answer.Error.ShouldContain(about);
    }

    [Fact]
    public async Task Negative_caps_are_refused()
    {
        var pool = (string)
            (await demo.ListAsync("whatsappsessionpools", Demo.Release)).Single()["metadata"]![
                "name"
            ]!;

        var answer = await demo.TryKubectlAsync([
            "-n",
            Demo.Release,
            "patch",
            "whatsappsessionpool",
            pool,
            "--type=merge",
            "-p",
            """{"spec":{"perShard":{"sessions":-1}}}""",
        ]);

        answer.ExitCode.ShouldNotBe(0);
        answer.Error.ShouldContain("sessions");
    }

    [Fact]
    public async Task An_unknown_tenant_stalls_the_session_and_names_the_tenant()
    {
        await ExpectStalledAsync(
            "orphan",
            Yaml.Session("orphan", "nobody", "491708888001"),
            "nobody"
        );
    }

    [Fact]
    public async Task A_tenant_of_another_namespace_does_not_count()
    {
        await demo.ApplyAsync(Yaml.Tenant("elsewhere", Demo.Release));
        try
        {
            await ExpectStalledAsync(
                "stray",
                Yaml.Session("stray", "elsewhere", "491708888002"),
                "elsewhere"
            );
        }
        finally
        {
            await demo.KubectlAsync(
                "-n",
                Demo.Release,
                "delete",
                "whatsapptenant",
                "elsewhere",
                "--timeout=60s"
            );
        }
    }

    [Fact]
    public async Task The_same_phone_twice_stalls_the_second_with_Conflict_and_leaves_the_first_alone()
    {
        var first = (await demo.ListAsync("whatsappsessions"))[0];
        var name = (string)first["metadata"]!["name"]!;
        var tenant = (string)(await demo.ListAsync("whatsapptenants"))[0]["metadata"]!["name"]!;

        await ExpectStalledAsync(
            "twin",
            Yaml.Session("twin", tenant, (string)first["spec"]!["phoneNumber"]!),
            name,
            "Conflict"
        );

        Demo.Condition(await demo.GetAsync("whatsappsession", name), "Connected").ShouldBe("True");
    }

    [Fact]
    public async Task A_changed_phone_is_refused_or_stalled_and_the_session_continues_with_the_old_one()
    {
        var session = (await demo.ListAsync("whatsappsessions"))[0];
        var name = (string)session["metadata"]!["name"]!;
        var phone = (string)session["spec"]!["phoneNumber"]!;

        var answer = await PatchPhoneAsync(name, "491708888009");
        // Servers before 1.25 have no rules that could refuse it; then the operator says so.
        if (answer.ExitCode != 0)
        {
            answer.Error.ShouldContain("immutable");
            return;
        }
        var stalled = await demo.WaitConditionAsync("whatsappsession", name, "Stalled", "True");
        Demo.Condition(stalled, "Stalled", "message")!.ShouldContain("immutable");
        Demo.Condition(stalled, "Connected").ShouldBe("True");

        (await PatchPhoneAsync(name, phone)).Succeeded("the phone set back");
        await Testing.Eventually.True(
            "the session is no longer Stalled",
            async () =>
                Demo.Condition(await demo.GetAsync("whatsappsession", name), "Stalled")
                    is null
                        or "False"
        );
    }

    private Task<Output> PatchPhoneAsync(string name, string phone) =>
        demo.TryKubectlAsync([
            "-n",
            Demo.Samples,
            "patch",
            "whatsappsession",
            name,
            "--type=merge",
            "-p",
            $$$"""{"spec":{"phoneNumber":"{{{phone}}}"}}""",
        ]);

    private async Task ExpectStalledAsync(
        string name,
        string yaml,
        string about,
        string? reason = null
    )
    {
        await demo.ApplyAsync(yaml);
        try
        {
            var stalled = await demo.WaitConditionAsync(
                "whatsappsession",
                name,
                "Stalled",
                "True",
                reason
            );
            Demo.Condition(stalled, "Stalled", "message")!.ShouldContain(about);
            stalled["status"]!["pod"].ShouldBeNull();
        }
        finally
        {
            await demo.KubectlAsync(
                "-n",
                Demo.Samples,
                "delete",
                "whatsappsession",
                name,
                "--timeout=60s"
            );
        }
    }
}
