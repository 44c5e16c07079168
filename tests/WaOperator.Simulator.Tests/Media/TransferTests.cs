using System.Security.Cryptography;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Simulator.Tests.Media;

/// <summary>Our own client against the media hosts, over TLS.</summary>
public sealed class TransferTests : IAsyncLifetime
{
    private const string DeadHost = "127.0.0.1:1";

    private MediaWorld _world = null!;

    public async Task InitializeAsync() => _world = await MediaWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(MediaKind.Image, 0)]
    [InlineData(MediaKind.Video, 1)]
    [InlineData(MediaKind.Audio, 65_536)]
    [InlineData(MediaKind.Document, 3_000_000)]
    [InlineData(MediaKind.Sticker, 100_000)]
    public async Task What_was_uploaded_is_downloaded(MediaKind kind, int length)
    {
        var file = MediaWorld.Random(length);
        var reference = await _world.UploadAsync(file, kind);
        reference.FileLength.ShouldBe(length);
        reference.FileSha256.ShouldBe(SHA256.HashData(file));
        var stored = await File.ReadAllBytesAsync(_world.Stored.Single().FullName);
        reference.FileEncSha256.ShouldBe(SHA256.HashData(stored));
        if (length > 100)
            stored.AsSpan().IndexOf(file.AsSpan(..16)).ShouldBe(-1, "only ciphertext is stored");

        (await _world.DownloadAsync(reference)).ShouldBe(file);
        (await _world.DownloadAsync(reference with { DirectPath = null })).ShouldBe(
            file,
            "by address"
        );
        (await _world.CountAsync("mediaConn")).ShouldBe(1, "the hosts are asked for once");
        (await _world.Simulation.EventsAsync("mediaRefused")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_is_passed_over()
    {
        await _world.HostsAsync(DeadHost, _world.Host);
        var file = MediaWorld.Random(200_000);
        var reference = await _world.UploadAsync(file);
        (await _world.DownloadAsync(reference)).ShouldBe(file);
    }

    [Fact]
    public async Task A_download_continues_where_it_was_cut()
    {
        var file = MediaWorld.Random(1_000_000);
        var reference = await _world.UploadAsync(file);
        await _world.FailAsync(
            new
            {
                use = "download",
                cutAfter = 300_000,
                count = 3,
            }
        );
        (await _world.DownloadAsync(reference)).ShouldBe(file);
        (await _world.CountAsync("mediaDownloads")).ShouldBe(4);
    }

    [Fact]
    public async Task A_cut_or_refused_upload_is_tried_again()
    {
        await _world.FailAsync(
            new
            {
                use = "upload",
                cutAfter = 100_000,
                count = 1,
            }
        );
        var file = MediaWorld.Random(500_000);
        (await _world.DownloadAsync(await _world.UploadAsync(file))).ShouldBe(file);
        await _world.FailAsync(
            new
            {
                use = "upload",
                status = 401,
                count = 1,
            }
        );
        file = MediaWorld.Random(1000);
        (await _world.DownloadAsync(await _world.UploadAsync(file))).ShouldBe(file);
        (await _world.CountAsync("mediaConn")).ShouldBe(
            3,
            "after a failure on all hosts they are queried again"
        );
    }

    [Fact]
    public async Task Hosts_that_take_nothing_are_named_with_their_reasons()
    {
        await _world.HostsAsync(DeadHost, _world.Host);
        await _world.FailAsync(new { use = "upload", status = 503 });
        var e = await Should.ThrowAsync<MediaException>(() => _world.UploadAsync([1, 2, 3]));
        e.Message.ShouldContain(DeadHost);
        e.Message.ShouldContain($"https://{_world.Host}: HTTP 503");
        e.Message.ShouldContain("refused", Case.Insensitive);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_file_that_is_gone_is_asked_of_the_phone(int status)
    {
        var file = MediaWorld.Random(100_000);
        var reference = await _world.UploadAsync(file);
        await _world.FailAsync(new { use = "download", status });
        (
            await Should.ThrowAsync<MediaUnavailableException>(() =>
                _world.DownloadAsync(reference)
            )
        ).Status.ShouldBe(status);

        // What the phone has is told before it is asked; asked, it makes the path work again.
        await _world.Simulation.DeleteAsync("/faults");
        await _world.FailAsync(
            new
            {
                use = "download",
                status,
                path = reference.DirectPath![..20],
            }
        );
        await _world.Simulation.PostedAsync(
            $"/phones/{MediaWorld.Number}/media",
            new
            {
                id = "3EB0FF",
                mediaKey = reference.MediaKey,
                directPath = reference.DirectPath,
            }
        );
        using var destination = new MemoryStream();
        var message = new WaOperator.WhatsApp.Content.MessageReference(
            Jid.Parse("491522222222@s.whatsapp.net"),
            "3EB0FF",
            FromMe: false
        );
        var again = await _world.Client.DownloadAsync(
            reference,
            message,
            destination,
            MediaWorld.Cancel()
        );
        destination.ToArray().ShouldBe(file);
        again.DirectPath.ShouldNotBeNull();
        (await _world.CountAsync("mediaRetries")).ShouldBe(1);
    }

    [Fact]
    public async Task A_phone_that_has_not_got_the_file_says_so()
    {
        var reference = await _world.UploadAsync([1, 2, 3]);
        await _world.Simulation.DeleteAsync("/media");
        using var destination = new MemoryStream();
        await Should.ThrowAsync<MediaUnavailableException>(() =>
            _world.Client.DownloadAsync(
                reference,
                new(Jid.Parse("491522222222@s.whatsapp.net"), "3EB0EE", false),
                destination,
                MediaWorld.Cancel()
            )
        );
        destination.Length.ShouldBe(0);
        (await _world.CountAsync("mediaRetries")).ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_file_is_never_taken_for_the_real_one()
    {
        var reference = await _world.UploadAsync(MediaWorld.Random(300_000));
        var path = _world.Stored.Single().FullName;
        var stored = await File.ReadAllBytesAsync(path);
        stored[150_000] ^= 1;
        await File.WriteAllBytesAsync(path, stored);
        await Should.ThrowAsync<MediaDamagedException>(() => _world.DownloadAsync(reference));
        (_world.Runtime.MediaTransfers.BufferedBytes).ShouldBe(0);
    }

    [Fact]
    public async Task A_token_that_is_not_the_hash_is_refused()
    {
        var refused = await Should.ThrowAsync<WaOperator.Simulator.Media.MediaRefusedException>(
            () =>
                _world.Simulation.Host.Server.Media.Store.PutAsync(
                    new MemoryStream([1, 2, 3]),
                    new byte[32],
                    CancellationToken.None
                )
        );
        refused.Status.ShouldBe(400);
        _world.Stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_connection_there_are_no_files()
    {
        await _world.Client.CloseAsync();
        await Should.ThrowAsync<MediaException>(() => _world.UploadAsync([1]));
    }
}
