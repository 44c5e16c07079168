using System.Security.Cryptography;

namespace WaOperator.Simulator.Media;

/// <summary>A stored file that is larger than allowed, or not what its name says.</summary>
internal sealed class MediaRefusedException(int status, string why) : Exception(why)
{
    /// <summary>The HTTP status that says so.</summary>
    public int Status => status;
}

/// <summary>
/// Files on disk, named by the SHA-256 of what they hold. Each is bounded, and so are all together: the oldest go first,
/// as they do on the real hosts.
/// </summary>
internal sealed class MediaStore : IDisposable
{
    private const int CopySize = 64 * 1024;
    private const string Extension = ".enc";

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Name, long Length)> _files = [];
    private readonly string _folder;
    private readonly bool _isTemporary;
    private readonly long _maxFile;
    private readonly long _maxTotal;
    private long _total;

    /// <summary>Takes over the folder's files; null: a folder that goes with the store.</summary>
    public MediaStore(string? folder, long maxFile, long maxTotal)
    {
        _isTemporary = folder is null;
        _folder = folder ?? Directory.CreateTempSubdirectory("simulator-media-").FullName;
        _maxFile = maxFile;
        _maxTotal = maxTotal;
        foreach (
            var file in Directory
                .CreateDirectory(_folder)
                .EnumerateFiles("*" + Extension)
                .OrderBy(file => file.LastWriteTimeUtc)
        )
            Add(file.Name, file.Length);
    }

    /// <summary>Where they are.</summary>
    public string Folder => _folder;

    /// <summary>The longest file that is taken.</summary>
    public long MaxFile => _maxFile;

    /// <summary>How many files there are, and their bytes.</summary>
    public (int Count, long Bytes) Size
    {
        get
        {
            lock (_gate)
                return (_files.Count, _total);
        }
    }

    /// <summary>Stores what a stream holds.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="sha256">What it must hash to.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The file's name.</returns>
    /// <exception cref="MediaRefusedException">Too long, or of another hash.</exception>
    public async Task<string> PutAsync(Stream source, byte[] sha256, CancellationToken ct)
    {
        var part = Path.Combine(_folder, Path.GetRandomFileName());
        try
        {
            var length = await CopyAsync(source, part, sha256, ct);
            var name = NameOf(sha256);
            lock (_gate)
            {
                File.Move(part, PathOf(name), overwrite: true);
                Remove(name, delete: false);
                Add(name, length);
                while (_total > _maxTotal && _files.Count > 1)
                    Remove(_files.First!.Value.Name, delete: true);
            }
            return name;
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>The path of a file, or null.</summary>
    public string? Find(string name)
    {
        lock (_gate)
            return _files.Any(file => file.Name == name) ? PathOf(name) : null;
    }

    /// <summary>Deletes all files.</summary>
    public int Clear()
    {
        lock (_gate)
        {
            var count = _files.Count;
            while (_files.First is { } first)
                Remove(first.Value.Name, delete: true);
            return count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isTemporary && Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The name of a stored form with that hash.</summary>
    public static string NameOf(byte[] sha256) => Convert.ToHexStringLower(sha256) + Extension;

    private async Task<long> CopyAsync(
        Stream source,
        string path,
        byte[] sha256,
        CancellationToken ct
    )
    {
        await using var file = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read,
            bufferSize: 0,
            FileOptions.Asynchronous
        );
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            long length = 0;
            while (true)
            {
                var count = await source.ReadAsync(buffer, ct);
                if (count == 0)
                    break;
                length += count;
                if (length > _maxFile)
                    throw new MediaRefusedException(413, $"longer than {_maxFile} bytes");
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count), ct);
            }
            return hash.GetHashAndReset().AsSpan().SequenceEqual(sha256)
                ? length
                : throw new MediaRefusedException(
                    400,
                    "the token is not the SHA-256 of what was sent"
                );
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Add(string name, long length)
    {
        _files.AddLast((name, length));
        _total += length;
    }

    private void Remove(string name, bool delete)
    {
        for (var node = _files.First; node is not null; node = node.Next)
        {
            if (node.Value.Name != name)
                continue;
            _files.Remove(node);
            _total -= node.Value.Length;
            if (delete)
                File.Delete(PathOf(name));
            return;
        }
    }
}
