using System.Security.Cryptography;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Media;

/// <summary>Links that open a file without an API key.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task A_link_opens_its_file_alone_and_for_its_time()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        using var browser = new MediaClient(pod.Api, key: null);
        var bytes = MediaTests.Bytes(100_000);
        var id = await client.UploadedAsync(session.Name, bytes);

        var made = await MakeAsync(id);

        made.Status.ShouldBe(200);
        var url = (string)made.Json["url"]!;
        url.ShouldStartWith("/v1/media/");
        url.ShouldNotContain(PodWorld.ApiKey);
        ((long)made.Json["bytes"]!).ShouldBe(bytes.Length);
        ((string?)made.Json["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        ((string?)made.Json["mimeType"]).ShouldNotBeNullOrEmpty();
        var opened = await browser.AskAsync(new(HttpMethod.Get, url));
        opened.Status.ShouldBe(200);
        opened.Bytes.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        opened.Content.ContentDisposition!.DispositionType.ShouldBe("attachment");
        SignedLink.TryRead(LinkKind.Media, url["/v1/media/".Length..], out var link).ShouldBeTrue();
        (link!.Namespace, link.Name, link.Target).ShouldBe(("ns", session.Name, id));

        // A link signed with another key has the same form and opens nothing.
        var forged = "/v1/media/" + link.Sign(new byte[32]);
        (await browser.AskAsync(new(HttpMethod.Get, forged))).Slug.ShouldBe("invalid-link");
        (await browser.AskAsync(new(HttpMethod.Get, "/v1/media/x"))).Slug.ShouldBe("invalid-link");
        foreach (var wrong in (string[])["0", "86401", "-1", "x", ""])
            (await MakeAsync(id, $"?seconds={wrong}")).Status.ShouldBe(400, wrong);
        (await MakeAsync("med_AAAAAAAAAAAAAAAAAAAAAA")).Slug.ShouldBe("unknown-media");

        var brief = (string)(await MakeAsync(id, "?seconds=1")).Json["url"]!;
        await Eventually.True(
            "the link has expired",
            async () =>
                await browser.AskAsync(new(HttpMethod.Get, brief)) is { Status: 404 } gone
                && gone.Slug == "invalid-link"
        );
        await client.DeleteAsync(session.Name, id);
        (await browser.AskAsync(new(HttpMethod.Get, url))).Slug.ShouldBe("unknown-media");

        Task<GivenFile> MakeAsync(string media, string query = "") =>
            client.AskAsync(
                new(HttpMethod.Post, $"/v1/sessions/ns/{session.Name}/media/{media}/link{query}")
            );
    }

    [Fact]
    public async Task A_pod_that_does_not_run_the_session_says_which_one_does()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await using var other = await world.PodAsync(1, "pod-b");
        await other.ReadyAsync();
        using var client = new MediaClient(pod.Api);
        using var browser = new MediaClient(other.Api, key: null);
        var id = await client.UploadedAsync(session.Name, MediaTests.Bytes(10));
        var made = await client.AskAsync(
            new(HttpMethod.Post, $"/v1/sessions/ns/{session.Name}/media/{id}/link")
        );

        var answer = await browser.AskAsync(new(HttpMethod.Get, (string)made.Json["url"]!));

        answer.Status.ShouldBe(421);
        ((string?)answer.Json["owner"])!.ShouldContain("shard-0");
    }
}
