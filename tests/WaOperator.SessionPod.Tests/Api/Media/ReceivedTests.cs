using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Api.Media;

/// <summary>Files that came with messages: named by the event, found by the journal.</summary>
public sealed class ReceivedTests
{
    [Fact]
    public async Task A_received_file_is_loaded_by_the_id_in_its_event()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (sender, receiver) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        using var client = new MediaClient(pod.Api);
        var bytes = MediaTests.Bytes(65_535);
        var file = (
            await pod.MediaAsync(
                sender,
                await client.UploadedAsync(sender.Name, bytes, "image/jpeg")
            )
        ).File;
        var image = MessageContent.Image(file, new() { MimeType = "image/jpeg", Caption = "Look" });

        var media = (await ReceiveAsync(image))["media"]!;

        var id = (string)media["id"]!;
        ((string?)media["mimeType"]).ShouldBe("image/jpeg");
        ((long)media["bytes"]!).ShouldBe(bytes.Length);
        var given = await client.LoadAsync(receiver.Name, id);
        given.Status.ShouldBe(200);
        given.Bytes.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        given.Content.ContentType!.MediaType.ShouldBe("image/jpeg");
        (await client.DeleteAsync(receiver.Name, id)).Slug.ShouldBe("media-received");
        (await client.LoadAsync(sender.Name, id)).Slug.ShouldBe("unknown-media");
        (
            await world.SqlAsync(
                $"select count(*) from wa.session_media where session_id = {receiver.Id}"
            )
        ).ShouldBe(0L);

        // A document whose sender says that it is a page with a path as its name.
        var page = MessageContent.Document(
            (
                await pod.MediaAsync(
                    sender,
                    await client.UploadedAsync(sender.Name, bytes, kind: "document")
                )
            ).File,
            new() { MimeType = "text/html", FileName = "../etc/\"r\u00e9sum\u00e9\r\n.html" }
        );
        var loaded = await client.LoadAsync(
            receiver.Name,
            (string)(await ReceiveAsync(page))["media"]!["id"]!
        );
        loaded.Status.ShouldBe(200);
        loaded.Content.ContentDisposition!.DispositionType.ShouldBe("attachment");
        loaded.Content.ContentDisposition.FileNameStar.ShouldBe("\"r\u00e9sum\u00e9.html");
        loaded.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        loaded.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("sandbox");

        // One in a quote is a file of the event, too.
        var reply = MessageContent
            .Text("this one")
            .Reply(
                new(new(receiver.Phone, "s.whatsapp.net"), "3EB0123456", false),
                image.ToBytes()
            );
        var quoted = (await ReceiveAsync(reply))["quoted"]!["content"]!["media"]!;
        (await client.LoadAsync(receiver.Name, (string)quoted["id"]!)).Bytes.Length.ShouldBe(
            65_535
        );

        async Task<System.Text.Json.Nodes.JsonNode> ReceiveAsync(MessageContent content)
        {
            using var events = await api.FollowAsync(receiver.Name);
            var message = Convert.ToBase64String(content.ToBytes());
            var sent = await api.SendAsync(sender.Name, new { to = receiver.Phone, message });
            sent.Status.ShouldBe(202);
            SeenEvent seen;
            do seen = await events.NextAsync("message");
            while ((string?)seen.Data["id"] != (string?)sent.Body!["id"]);
            return seen.Data["content"]!;
        }
    }

    [Fact]
    public async Task A_file_that_the_media_hosts_have_lost_is_asked_of_the_phone()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (sender, receiver) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        using var client = new MediaClient(pod.Api);
        using var events = await api.FollowAsync(receiver.Name);
        var bytes = MediaTests.Bytes(70_000);
        var file = (
            await pod.MediaAsync(
                sender,
                await client.UploadedAsync(sender.Name, bytes, "video/mp4")
            )
        ).File;
        var message = Convert.ToBase64String(MessageContent.Video(file).ToBytes());
        (await api.SendAsync(sender.Name, new { to = receiver.Phone, message })).Status.ShouldBe(
            202
        );
        var seen = await events.NextAsync("message");
        var id = (string)seen.Data["content"]!["media"]!["id"]!;
        world.Simulator.Server.Media.Faults.Add(new(null, 404, null, file.DirectPath![..40]));

        // The phone does not have it either.
        (await client.LoadAsync(receiver.Name, id)).Slug.ShouldBe("media-gone");

        await world.PostAsync(
            $"/phones/{receiver.Phone}/media",
            new PhoneMediaRequest((string)seen.Data["id"]!, file.MediaKey, file.DirectPath)
        );
        var part = await client.LoadAsync(
            receiver.Name,
            id,
            h => h.Range = new System.Net.Http.Headers.RangeHeaderValue(69_000, null)
        );
        part.Status.ShouldBe(206);
        part.Bytes.AsSpan().SequenceEqual(bytes.AsSpan(69_000)).ShouldBeTrue();
        (await client.LoadAsync(receiver.Name, id)).Status.ShouldBe(200);
    }
}
