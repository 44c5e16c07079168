using WaOperator.Gateway.Tests.Moves;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>Clients that were generated from the description send through a gateway: what it says of bodies and answers is so.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task A_client_in_TypeScript_sends_and_reads_a_refusal()
    {
        var folder = new NodeFolder("tests/clients/typescript");
        await folder.InstallAsync();
        await folder.RunAsync("npm", "run", "generate");

        await SendsAsync(arguments =>
            folder.RunAsync("node", ["generated/out/send.js", .. arguments])
        );
    }

    [Fact]
    public async Task A_client_in_CSharp_sends_and_reads_a_refusal()
    {
        var folder = Path.Combine(KubernetesBinaries.RepositoryRoot(), "tests/clients/csharp");
        await NodeFolder.RunInAsync(folder, "dotnet", "build", "-c", "Release", "--nologo");

        await SendsAsync(arguments =>
            NodeFolder.RunInAsync(folder, "dotnet", ["bin/Release/net10.0/Send.dll", .. arguments])
        );
    }

    /// <summary>The program sends a text, and one without a recipient.</summary>
    private static async Task SendsAsync(Func<string[], Task<string>> run)
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await using var gateway = await PodGateway.StartAsync(world, [pod]);

        var lines = (
            await run([
                gateway.Api.GetLeftPart(UriPartial.Authority),
                PodWorld.ApiKey,
                "ns",
                session.Name,
                "+49 170 1234567",
            ])
        ).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        lines.Length.ShouldBe(2);
        lines[1].ShouldBe("urn:wa:problem:invalid-body");
        var (id, state) = lines[0].Split(' ') is [var first, var second]
            ? (first, second)
            : throw new FormatException(lines[0]);
        state.ShouldBe("Queued");
        var connection = await network.ConnectionAsync(session, 2);
        connection.Sent.ShouldHaveSingleItem().Id.ShouldBe(id);
    }
}
