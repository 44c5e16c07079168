using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.SessionPod.Tests.Api.Media;

/// <summary>Files through a pod and the simulator's media hosts.</summary>
public sealed class MediaTests
{
    [Fact]
    public async Task A_file_comes_back_as_it_was_uploaded()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        foreach (var size in (int[])[0, 1, 15, 16, 65_520, 65_535, 10 * 1024 * 1024])
        {
            var bytes = Bytes(size);
            var answer = await client.UploadAsync(
                session.Name,
                new ByteArrayContent(bytes),
                "application/pdf"
            );
            answer.Status.ShouldBe(201, $"{size}");
            var id = (string)answer.Json["id"]!;
            answer.Headers.Location!.ToString().ShouldEndWith($"/media/{id}");
            ((string?)answer.Json["kind"]).ShouldBe("document");
            ((string?)answer.Json["mimeType"]).ShouldBe("application/pdf");
            ((long)answer.Json["bytes"]!).ShouldBe(size);
            ((string?)answer.Json["sha256"]).ShouldBe(
                Convert.ToHexStringLower(SHA256.HashData(bytes))
            );

            var given = await client.LoadAsync(session.Name, id);

            given.Status.ShouldBe(200);
            given.Bytes.AsSpan().SequenceEqual(bytes).ShouldBeTrue($"{size}");
            given.Content.ContentLength.ShouldBe(size);
            given.Content.ContentType!.ToString().ShouldBe("application/pdf");
            given.Content.ContentDisposition!.DispositionType.ShouldBe("attachment");
            given.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            var again = await client.LoadAsync(
                session.Name,
                id,
                h => h.IfNoneMatch.Add(given.Headers.ETag!)
            );
            again.Status.ShouldBe(304);
        }
        // Nothing of the files, their keys and their addresses is readable in the database.
        var rows = (long)(await world.SqlAsync("select count(*) from wa.session_media"))!;
        rows.ShouldBe(7);
        (
            await world.SqlAsync(
                "select count(*) from wa.session_media where position('/v/t62'::bytea in ciphertext) > 0"
            )
        ).ShouldBe(0L);
    }

    [Fact]
    public async Task A_part_of_a_file_is_that_part()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        var bytes = Bytes(300_000);
        var id = await client.UploadedAsync(session.Name, bytes);
        foreach (
            var (range, from, to) in ((string, int, int)[])
                [
                    ("0-0", 0, 0),
                    ("0-", 0, 299_999),
                    ("65535-65536", 65_535, 65_536),
                    ("100000-199999", 100_000, 199_999),
                    ("299999-", 299_999, 299_999),
                    ("-5", 299_995, 299_999),
                    ("-900000", 0, 299_999),
                    ("299990-900000", 299_990, 299_999),
                ]
        )
        {
            var part = await client.LoadAsync(
                session.Name,
                id,
                h => h.TryAddWithoutValidation("Range", $"bytes={range}")
            );
            part.Status.ShouldBe(206, range);
            part.Content.ContentRange!.ToString().ShouldBe($"bytes {from}-{to}/300000");
            part.Bytes.AsSpan().SequenceEqual(bytes.AsSpan(from..(to + 1))).ShouldBeTrue(range);
        }
        var beyond = await client.LoadAsync(
            session.Name,
            id,
            h => h.Range = new RangeHeaderValue(300_000, null)
        );
        beyond.Status.ShouldBe(416);
        beyond.Content.ContentRange!.ToString().ShouldBe("bytes */300000");
        foreach (var whole in (string[])["bytes=0-1,5-6", "lines=1-2", "bytes=x"])
            (
                await client.LoadAsync(
                    session.Name,
                    id,
                    h => h.TryAddWithoutValidation("Range", whole)
                )
            ).Status.ShouldBe(200, whole);
        var changed = await client.LoadAsync(
            session.Name,
            id,
            h =>
            {
                h.Range = new RangeHeaderValue(0, 0);
                h.IfRange = new(new EntityTagHeaderValue("\"other\""));
            }
        );
        changed.Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_cannot_be_taken_is_refused_before_it_is_sent()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { MaxMediaMiB = 1, MaxDocumentMiB = 2 }
        );
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        using var stranger = new MediaClient(pod.Api, "unknown");
        var large = new byte[(1024 * 1024) + 1];
        var cases = ((
            MediaClient Client,
            string? Type,
            string? Kind,
            byte[] Body,
            int Status,
            string Slug
        )[])
            [
                (client, "image/jpeg", null, large, 413, "media-too-large"),
                (client, null, "document", new byte[3 * 1024 * 1024], 413, "media-too-large"),
                (client, "image/jpeg", "photo", new byte[2_000], 400, "invalid-body"),
                (client, "multipart/form-data; boundary=x", null, [1], 415, "media-type"),
                (client, "image/*", null, [1], 415, "media-type"),
                (client, "image", null, [1], 415, "media-type"),
                (client, "audio/mpeg", "voice", [1], 415, "media-type"),
                (client, "image/jpeg", null, "%PDF-1.7"u8.ToArray(), 415, "media-type"),
                (client, "image/png", "sticker", [1], 415, "media-type"),
                (stranger, "image/jpeg", null, large, 401, "unauthorized"),
            ];
        foreach (var (who, type, kind, body, status, slug) in cases)
        {
            using var content = new CountedContent(body);
            var answer = await who.UploadAsync(session.Name, content, type, kind);
            answer.Status.ShouldBe(status, $"{type} {kind}");
            answer.Slug.ShouldBe(slug, $"{type} {kind}");
            if (status is 413 or 400 or 401)
                content.Sent.ShouldBeFalse($"{type} {kind}");
        }
        // Its length is not told: it is counted on the way.
        using var chunked = new CountedContent(large, tellLength: false);
        (await client.UploadAsync(session.Name, chunked)).Slug.ShouldBe("media-too-large");
        (await client.UploadedAsync(session.Name, large)).ShouldStartWith("med_");
        (await world.SqlAsync("select count(*) from wa.session_media")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_session_that_is_not_connected_takes_and_gives_no_files()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        var id = await client.UploadedAsync(session.Name, Bytes(100));
        await session.WantAsync(s => s with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);

        using var content = new CountedContent(Bytes(2_000));
        var answer = await client.UploadAsync(session.Name, content);
        answer.Status.ShouldBe(503);
        answer.Slug.ShouldBe("not-connected");
        ((bool)answer.Json["retryable"]!).ShouldBeTrue();
        content.Sent.ShouldBeFalse();
        (await client.LoadAsync(session.Name, id)).Slug.ShouldBe("not-connected");
    }

    [Fact]
    public async Task Files_of_other_sessions_and_tenants_are_not_there()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (session, neighbour) = (await world.PairedAsync(0), await world.PairedAsync(0));
        const string otherKey = "other-0123456789abcdef0123456789abcdef";
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "other", false, "{}"));
        await world.Desired.PutApiKeysAsync(
            other,
            [SHA256.HashData(Encoding.ASCII.GetBytes(otherKey))]
        );
        using var mine = new MediaClient(pod.Api);
        using var theirs = new MediaClient(pod.Api, otherKey);
        var id = await mine.UploadedAsync(session.Name, Bytes(100));

        (await theirs.LoadAsync(session.Name, id)).Slug.ShouldBe("unknown-session");
        (await theirs.DeleteAsync(session.Name, id)).Slug.ShouldBe("unknown-session");
        (await mine.LoadAsync(neighbour.Name, id)).Slug.ShouldBe("unknown-media");
        (await mine.DeleteAsync(neighbour.Name, id)).Slug.ShouldBe("unknown-media");
        foreach (var wrong in (string[])["x", "med_", "med_x", "med_" + new string('A', 22), "%00"])
            (await mine.LoadAsync(session.Name, wrong)).Status.ShouldBeOneOf([404, 400], wrong);
        (await mine.LoadAsync(session.Name, id)).Status.ShouldBe(200);

        (await mine.DeleteAsync(session.Name, id)).Status.ShouldBe(204);
        (await mine.DeleteAsync(session.Name, id)).Slug.ShouldBe("unknown-media");
        (await mine.LoadAsync(session.Name, id)).Slug.ShouldBe("unknown-media");
    }

    [Fact]
    public async Task A_file_that_the_media_hosts_have_lost_is_gone_and_a_changed_one_is_not_given()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var client = new MediaClient(pod.Api);
        var (small, large) = (
            await client.UploadedAsync(session.Name, Bytes(10)),
            await client.UploadedAsync(session.Name, Bytes(200_000))
        );
        foreach (var file in Directory.EnumerateFiles(world.Simulator.Server.Media.Store.Folder))
            Flip(file);

        (await client.LoadAsync(session.Name, small)).Slug.ShouldBe("media-damaged");
        // Its beginning is given before its end is known, and the end never.
        await Should.ThrowAsync<HttpRequestException>(() => client.LoadAsync(session.Name, large));

        world.Simulator.Server.Media.Store.Clear().ShouldBe(2);
        foreach (var id in (string[])[small, large])
        {
            var gone = await client.LoadAsync(session.Name, id);
            gone.Status.ShouldBe(410);
            gone.Slug.ShouldBe("media-gone");
        }
        world.Simulator.Server.Media.Faults.Add(
            new(Simulator.Media.MediaUse.Upload, 500, null, null)
        );
        var refused = await client.UploadAsync(session.Name, new ByteArrayContent(Bytes(10)));
        refused.Status.ShouldBe(502);
        refused.Slug.ShouldBe("media-hosts");
    }

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^20] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>Bytes that are no known type's.</summary>
    internal static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        if (size > 0)
            bytes[0] = 0;
        return bytes;
    }

    /// <summary>Remembers whether it was sent.</summary>
    private sealed class CountedContent(byte[] bytes, bool tellLength = true) : HttpContent
    {
        public bool Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(
            Stream stream,
            System.Net.TransportContext? context
        )
        {
            Sent = true;
            await stream.WriteAsync(bytes);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return tellLength;
        }
    }
}
