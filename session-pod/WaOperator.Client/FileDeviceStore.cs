using System.Globalization;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>
/// A device's keys in a directory: files readable by their owner only, each replaced as a whole. The keys are not
/// encrypted: keep the directory as you would a password.
/// </summary>
internal sealed class FileDeviceStore : IDeviceStore, IDisposable
{
    private const string CredentialsFile = "credentials.json";
    private const string PreKeyPrefix = "prekeys-";
    private const string LockFile = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory;
    private readonly FileStream _lock;

    private FileDeviceStore(string directory, FileStream held)
    {
        (_directory, _lock) = (directory, held);
        Messages = FileMessageStore.Open(directory);
    }

    /// <summary>What the device sent, received and must remember of others.</summary>
    public FileMessageStore Messages { get; }

    /// <summary>Opens the directory for this program alone.</summary>
    /// <exception cref="IOException">Another program uses it, or it cannot be made.</exception>
    /// <exception cref="InvalidDataException">What stands there is damaged.</exception>
    public static FileDeviceStore Open(string directory)
    {
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        var path = Path.Combine(directory, LockFile);
        try
        {
            var held = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = OwnerOnly,
                }
            );
            return new(directory, held);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException($"Another program uses {directory} ({path} is locked).", e);
        }
    }

    /// <inheritdoc/>
    public async Task<DeviceCredentials?> LoadAsync(CancellationToken ct)
    {
        var path = PathOf(CredentialsFile);
        return File.Exists(path)
            ? CredentialsJson.Read(await File.ReadAllBytesAsync(path, ct))
            : null;
    }

    /// <inheritdoc/>
    public Task SaveAsync(DeviceCredentials credentials, CancellationToken ct) =>
        ReplaceAsync(CredentialsFile, CredentialsJson.Write(credentials), ct);

    /// <inheritdoc/>
    /// <remarks>The keys first: without the credentials that count them they are not seen, and the next batch replaces them.</remarks>
    public async Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct)
    {
        if (batch.Keys.Count > 0)
            await ReplaceAsync(
                PreKeyFile(batch.Keys[0].Id),
                CredentialsJson.WritePreKeys(batch.Keys),
                ct
            );
        await SaveAsync(batch.Credentials, ct);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
        uint firstId,
        int count,
        CancellationToken ct
    )
    {
        var found = new SortedDictionary<uint, PreKey>();
        foreach (
            var path in Directory
                .EnumerateFiles(_directory, PreKeyPrefix + "*.json")
                .Order(StringComparer.Ordinal)
        )
        {
            foreach (var key in CredentialsJson.ReadPreKeys(await File.ReadAllBytesAsync(path, ct)))
            {
                if (key.Id >= firstId && key.Id - firstId < count && !Messages.IsUsed(key.Id))
                    found[key.Id] = key;
            }
        }
        return [.. found.Values];
    }

    /// <summary>Removes the device's keys and messages.</summary>
    public void Clear()
    {
        Messages.Clear();
        File.Delete(PathOf(CredentialsFile));
        foreach (var path in Directory.EnumerateFiles(_directory, PreKeyPrefix + "*.json"))
            File.Delete(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Messages.Dispose();
        _lock.Dispose();
    }

    private static string PreKeyFile(uint first) =>
        string.Create(CultureInfo.InvariantCulture, $"{PreKeyPrefix}{first:D8}.json");

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task ReplaceAsync(string name, byte[] content, CancellationToken ct)
    {
        var temporary = PathOf(name + ".new");
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        await using (var file = new FileStream(temporary, options))
        {
            await file.WriteAsync(content, ct);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, PathOf(name), overwrite: true);
    }
}
