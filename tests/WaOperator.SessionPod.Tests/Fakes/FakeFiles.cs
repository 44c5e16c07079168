using System.Security.Cryptography;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>Files that are kept as they are.</summary>
internal sealed class FakeFiles(FakeNetwork network) : ISessionFiles
{
    public async Task<MediaReference> UploadAsync(
        MediaKind kind,
        Stream source,
        CancellationToken ct
    )
    {
        using var whole = new MemoryStream();
        await source.CopyToAsync(whole, ct);
        var bytes = whole.ToArray();
        var path = $"/{Guid.NewGuid():N}";
        network.Files[path] = bytes;
        return new()
        {
            Kind = kind,
            DirectPath = path,
            MediaKey = RandomNumberGenerator.GetBytes(32),
            FileSha256 = SHA256.HashData(bytes),
            FileEncSha256 = SHA256.HashData(bytes),
            FileLength = bytes.Length,
        };
    }

    public Task DownloadAsync(MediaReference file, Stream destination, CancellationToken ct) =>
        network.Files.TryGetValue(file.DirectPath!, out var bytes)
            ? destination.WriteAsync(bytes, ct).AsTask()
            : throw new MediaUnavailableException("It is gone.", 404);

    public Task<MediaReference> RequestAsync(
        MediaReference file,
        MessageReference message,
        CancellationToken ct
    ) => throw new MediaUnavailableException("The phone does not have it.", null);
}
