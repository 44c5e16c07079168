using System.Globalization;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// A device in a directory: its keys in files that are replaced as a whole, its messages, Signal sessions and events in a file that
/// is appended to. Each write is on the disk before it returns. The files are readable by their owner only (on Windows: as the
/// directory is), and not encrypted: keep the directory as you would a password.
/// </summary>
/// <remarks>
/// Made for one device with thousands of chats: records and events are held in memory, too. The last 10,000 events are kept, and up to
/// 100,000 that were not confirmed; the oldest go first. Neither a copy nor a backup of the directory may be used beside it: a device
/// that goes back in time can no longer read its messages.
/// </remarks>
public sealed class FileStore : IWhatsAppStore, IDisposable
{
    private const string CredentialsFile = "credentials.json";
    private const string PreKeyPrefix = "prekeys-";
    private const string LockFile = "lock";

    private readonly string _directory;
    private readonly FileStream _lock;

    private FileStore(string directory, FileStream held, MessageFile messages) =>
        (_directory, _lock, Messages) = (directory, held, messages);

    /// <summary>What the device sent, received and must remember of others.</summary>
    internal MessageFile Messages { get; }

    /// <summary>Opens a directory for this program alone; makes it if it is missing.</summary>
    /// <param name="directory">Its path. It belongs to one device.</param>
    /// <exception cref="IOException">Another program uses it, or it cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be used.</exception>
    /// <exception cref="InvalidDataException">Its file of messages is damaged; says where.</exception>
    public static FileStore Open(string directory)
    {
        OwnerOnly.CreateDirectory(directory);
        var held = Hold(directory);
        try
        {
            var store = new FileStore(directory, held, MessageFile.Open(directory));
            // One that was being cleared when the machine went down: what is left without credentials belongs to no device.
            if (!File.Exists(store.PathOf(CredentialsFile)))
                store.ClearRest();
            return store;
        }
        catch
        {
            held.Dispose();
            throw;
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

    /// <inheritdoc/>
    public Task<IReadOnlyList<byte[]?>> LoadAsync(
        IReadOnlyList<RecordKey> keys,
        CancellationToken ct
    ) => Messages.LoadAsync(keys, ct);

    /// <inheritdoc/>
    public Task<IReadOnlySet<MessageKey>> FindHandledAsync(
        IReadOnlyList<MessageKey> keys,
        CancellationToken ct
    ) => Messages.FindHandledAsync(keys, ct);

    /// <inheritdoc/>
    public Task CommitAsync(DeviceChange change, CancellationToken ct) =>
        Messages.CommitAsync(change, ct);

    /// <inheritdoc/>
    public Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct) =>
        Messages.FindOutboundAsync(id, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct) =>
        Messages.LoadUnackedAsync(ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NumberedEvent>> LoadEventsAsync(int most, CancellationToken ct) =>
        Task.FromResult(Messages.Unconfirmed(most));

    /// <inheritdoc/>
    public Task ConfirmEventsAsync(long number, CancellationToken ct)
    {
        Messages.Confirm(number);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ClearAsync(CancellationToken ct)
    {
        // The credentials first: what is left without them belongs to no device.
        File.Delete(PathOf(CredentialsFile));
        DirectoryEntries.Flush(_directory);
        ClearRest();
        return Task.CompletedTask;
    }

    /// <summary>Lets other programs have the directory. The client must have stopped before.</summary>
    public void Dispose()
    {
        Messages.Dispose();
        _lock.Dispose();
    }

    private void ClearRest()
    {
        foreach (var path in Directory.EnumerateFiles(_directory, PreKeyPrefix + "*.json"))
            File.Delete(path);
        Messages.Clear();
    }

    private static FileStream Hold(string directory)
    {
        var path = Path.Combine(directory, LockFile);
        try
        {
            return new(
                path,
                OwnerOnly.File(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new IOException($"Another program uses {directory} ({path} is locked).", e);
        }
    }

    /// <summary>EWOULDBLOCK of Linux and of macOS; Windows' sharing and lock violation.</summary>
    private static bool IsHeld(IOException e) =>
        e.HResult is 11 or 35 || (e.HResult & 0xFFFF) is 32 or 33 && OperatingSystem.IsWindows();

    private static string PreKeyFile(uint first) =>
        string.Create(CultureInfo.InvariantCulture, $"{PreKeyPrefix}{first:D8}.json");

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task ReplaceAsync(string name, byte[] content, CancellationToken ct)
    {
        var temporary = PathOf(name + ".new");
        await using (
            var file = new FileStream(temporary, OwnerOnly.File(FileMode.Create, FileAccess.Write))
        )
        {
            await file.WriteAsync(content, ct);
            file.Flush(flushToDisk: true);
        }
        DirectoryEntries.Replace(temporary, PathOf(name));
    }
}
