using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Api.Egress;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Media;

/// <summary>Files that messages name by an address.</summary>
public sealed class FetchTests
{
    [Fact]
    public async Task A_file_is_fetched_by_its_address_or_it_is_said_why_not()
    {
        using var pki = new Pki();
        var bytes = MediaTests.Bytes(200_000);
        await using var server = await ServeAsync(pki, bytes);
        var at = new Uri(
            server
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.Single()
        );
        var authority = Path.GetTempFileName();
        await File.WriteAllTextAsync(authority, pki.AuthorityPem);
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o =>
                o with
                {
                    Egress = new([IPNetwork.Parse("127.0.0.1/32")], [], [at.Port]),
                    EgressCaFile = authority,
                }
        );
        var session = await world.PairedAsync(0);

        var (media, refusal) = await pod.FetchAsync(session, MediaUse.Image, $"{at}image");

        refusal.ShouldBeNull();
        media!.MimeType.ShouldBe("image/jpeg");
        using var api = new ApiClient(pod.Api);
        var receiver = await world.PairedAsync(0);
        using var events = await api.FollowAsync(receiver.Name);
        for (var i = 0; i < 2; i++)
            (
                await api.SendAsync(
                    session.Name,
                    new
                    {
                        to = receiver.Phone,
                        id = "3EB0FE7C4ED",
                        image = new { url = $"{at}image", caption = "x" },
                    }
                )
            ).Status.ShouldBe(202);
        var seen = await events.NextAsync("message");
        using var client = new MediaClient(pod.Api);
        var given = await client.LoadAsync(
            receiver.Name,
            (string)seen.Data["content"]!["media"]!["id"]!
        );
        given.Bytes.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        (
            await api.SendAsync(
                session.Name,
                new { to = receiver.Phone, image = new { url = "https://10.0.0.1/" } }
            )
        ).Status.ShouldBe(422);
        media.File.FileLength.ShouldBe(bytes.Length);
        world.Simulator.Server.Media.Store.Size.Count.ShouldBe(2);
        foreach (
            var (use, address, slug) in ((MediaUse, string, string)[])
                [
                    (MediaUse.Image, $"{at}page", "media-type"),
                    (MediaUse.Image, $"{at}moved", "media-url"),
                    (MediaUse.Image, $"{at}inner", "media-url"),
                    (MediaUse.Image, $"{at}none", "media-fetch"),
                    (MediaUse.Image, $"{at}broken", "media-fetch"),
                    (MediaUse.Image, $"{at}packed", "media-fetch"),
                    (MediaUse.Document, $"{at}huge", "media-too-large"),
                    (MediaUse.Document, $"{at}endless", "media-too-large"),
                    (MediaUse.Image, $"https://127.0.0.2:{at.Port}/image", "media-url"),
                    (MediaUse.Image, "https://169.254.169.254/", "media-url"),
                    (MediaUse.Image, $"http://127.0.0.1:{at.Port}/image", "media-url"),
                ]
        )
        {
            (media, refusal) = await pod.FetchAsync(session, use, address);
            media.ShouldBeNull(address);
            refusal!.Slug.ShouldBe(slug, address);
        }
        world.Simulator.Server.Media.Store.Size.Count.ShouldBe(2);
        File.Delete(authority);
    }

    private static async Task<WebApplication> ServeAsync(Pki pki, byte[] bytes)
    {
        var (certificate, key) = pki.Server();
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        var identity = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(identity))
        );
        var app = builder.Build();
        app.MapGet("/image", () => Results.Bytes(bytes, "image/jpeg"));
        app.MapGet("/page", () => Results.Text("<html>", "text/html"));
        app.MapGet("/moved", () => Results.Redirect("/image"));
        app.MapGet("/inner", () => Results.Redirect("https://169.254.169.254/"));
        app.MapGet(
            "/broken",
            async (HttpContext http) =>
            {
                http.Response.ContentLength = 1_000_000;
                await http.Response.Body.WriteAsync(bytes);
                http.Abort();
            }
        );
        app.MapGet(
            "/packed",
            (HttpContext http) =>
            {
                http.Response.Headers.ContentEncoding = "gzip";
                return Results.Bytes(bytes, "image/jpeg");
            }
        );
        app.MapGet(
            "/huge",
            async (HttpContext http) =>
            {
                http.Response.ContentLength = 65 * 1024 * 1024;
                await http.Response.Body.WriteAsync(bytes);
                http.Abort();
            }
        );
        app.MapGet(
            "/endless",
            async (HttpContext http) =>
            {
                for (var i = 0; i < 1_000; i++)
                    await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
            }
        );
        await app.StartAsync();
        return app;
    }
}
