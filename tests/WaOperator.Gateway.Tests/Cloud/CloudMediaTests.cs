using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Files below /cloud.</summary>
public sealed class CloudMediaTests
{
    private const string Product = "messaging_product=whatsapp";

    [Theory]
    [InlineData("image/png", Product, "type=image/png", "file")]
    [InlineData("image/png", "file", "type=image/png", Product)]
    [InlineData("image/jpeg", "type=image/jpeg", "file", Product)]
    [InlineData("image/png", Product, "file")]
    public async Task A_file_goes_to_the_pod_as_it_comes(string type, params string[] fields)
    {
        await using var cloud = await CloudWorld.StartAsync();

        var answer = await UploadAsync(cloud, "picture"u8.ToArray(), fields);

        answer.Status.ShouldBe(200, $"{answer.Body}");
        ((string?)answer.Body!["id"]).ShouldBe($"{cloud.Phone}.med_abc-1");
        var asked = cloud.Pod.Requests.ShouldHaveSingleItem();
        (asked.Path, asked.Body).ShouldBe(($"{cloud.Session.Path}/media", "picture"));
        asked.Headers.ContentType.ToString().ShouldBe(type);
    }

    [Fact]
    public async Task A_file_that_is_longer_than_any_body_passes_through()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var file = new byte[3 * 1024 * 1024];
        new Random(7).NextBytes(file);
        byte[]? hash = null;
        cloud.Pod.ReadsBodies = false;
        cloud.Pod.Answer = async http =>
        {
            hash = await SHA256.HashDataAsync(http.Request.Body);
            await CloudWorld.AnswerAsync(http);
        };

        (await UploadAsync(cloud, file, Product, "file")).Status.ShouldBe(200);

        hash.ShouldBe(SHA256.HashData(file));
    }

    [Theory]
    [InlineData(100, "type=image/png", Product)]
    [InlineData(100, "file")]
    [InlineData(100, "messaging_product=other", "file")]
    [InlineData(100, Product, "name=x", "file")]
    [InlineData(100, Product, Product, "file")]
    [InlineData(100, Product, "file", "file")]
    [InlineData(131053, Product, "file", "type=image/jpeg")]
    [InlineData(131053, Product, "type=image\n/png", "file")]
    public async Task A_form_that_is_none_is_refused(int code, params string[] fields)
    {
        await using var cloud = await CloudWorld.StartAsync();

        CloudWorld.CodeOf(await UploadAsync(cloud, "picture"u8.ToArray(), fields)).ShouldBe(code);
    }

    [Fact]
    public async Task A_form_that_ends_early_is_refused()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var body = new ByteArrayContent(
            Encoding.ASCII.GetBytes(
                "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\npict"
            )
        );
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        var answer = await cloud.Tenant.AskAsync(
            new(HttpMethod.Post, $"/cloud/v23.0/{cloud.Phone}/media") { Content = body }
        );

        answer.Status.ShouldBe(400);
        CloudWorld.CodeOf(answer).ShouldBe(100);
    }

    [Fact]
    public async Task What_a_pod_refuses_and_a_file_that_is_forgotten_are_told()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var id = $"{cloud.Phone}.med_abc-1";

        var gone = await cloud.Tenant.AskAsync(new(HttpMethod.Delete, $"/cloud/v23.0/{id}"));

        (gone.Status, (bool?)gone.Body!["success"]).ShouldBe((200, true));
        var asked = cloud.Pod.Requests.ShouldHaveSingleItem();
        (asked.Method, asked.Path).ShouldBe(("DELETE", $"{cloud.Session.Path}/media/med_abc-1"));
        cloud.Pod.Answer = http => FakePod.ProblemAsync(http, 404, "unknown-media");
        CloudWorld.CodeOf(await cloud.Tenant.GetAsync($"/cloud/v23.0/{id}")).ShouldBe(131053);
        CloudWorld.CodeOf(await UploadAsync(cloud, [1], Product, "file")).ShouldBe(131053);
    }

    [Fact]
    public async Task A_link_has_the_address_that_was_called()
    {
        await using var cloud = await CloudWorld.StartAsync();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/cloud/v23.0/{cloud.Phone}.med_abc-1"
        );
        request.Headers.Host = "wa.example.org";
        request.Headers.Add("X-Forwarded-Proto", "https");

        var answer = await cloud.Tenant.AskAsync(request);

        ((string?)answer.Body!["url"]).ShouldBe("https://wa.example.org/v1/media/token");
        cloud
            .Pod.Requests.ShouldHaveSingleItem()
            .Path.ShouldBe($"{cloud.Session.Path}/media/med_abc-1/link?seconds=300");
    }

    private static Task<Answer> UploadAsync(CloudWorld cloud, byte[] file, params string[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var field in fields)
            if (field == "file")
                form.Add(
                    new ByteArrayContent(file)
                    {
                        Headers = { ContentType = new MediaTypeHeaderValue("image/png") },
                    },
                    "file",
                    "a.png"
                );
            else
                form.Add(new StringContent(field.Split('=', 2)[1]), field.Split('=', 2)[0]);
        return cloud.Tenant.AskAsync(
            new(HttpMethod.Post, $"/cloud/v23.0/{cloud.Phone}/media") { Content = form }
        );
    }
}
