using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>
/// Reads the auth folder of a Baileys client (useMultiFileAuthState of releases 6 and 7), so that its device continues here
/// without another scan: who reads it next must be the only one that uses the device from then on. Stop Baileys first: its
/// ratchets move with each message.
/// </summary>
public static class BaileysFolder
{
    /// <summary>The file that each such folder has.</summary>
    public const string CredentialsFile = "creds.json";

    /// <summary>Reads a folder. It is not changed.</summary>
    /// <exception cref="ImportException">It is no such folder, a file in it is damaged, or it changed meanwhile.</exception>
    public static BaileysImport Read(string folder)
    {
        var before = List(folder);
        var read = Read(before.Select(file => new BaileysFile(file.Name, Load(file))));
        var after = List(folder).ToDictionary(file => file.Name, StringComparer.Ordinal);
        foreach (var file in before)
        {
            if (
                !after.Remove(file.Name, out var now)
                || now.Length != file.Length
                || now.LastWriteTimeUtc != file.LastWriteTimeUtc
            )
                throw Changed(file.Name);
        }
        return after.Count == 0 ? read : throw Changed(after.Keys.First());
    }

    /// <summary>Reads the files of a folder.</summary>
    /// <exception cref="ImportException">A file is damaged, or the credentials are missing.</exception>
    public static BaileysImport Read(IEnumerable<BaileysFile> files)
    {
        var contents = new BaileysContents();
        foreach (var file in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            contents.Add(file);
        return contents.Finish();
    }

    private static List<FileInfo> List(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFiles()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException(folder, "", $"cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Load(FileInfo file)
    {
        if (file.Length > JsonFile.MaxSize)
            throw new ImportException(file.Name, "", $"is larger than {JsonFile.MaxSize} bytes");
        try
        {
            return File.ReadAllBytes(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException(file.Name, "", $"cannot be read: {e.Message}", e);
        }
    }

    private static ImportException Changed(string name) =>
        new(name, "", "changed while the folder was read: stop the program that uses it first");
}

/// <summary>A file of the folder.</summary>
/// <param name="Name">Its name without the folder.</param>
/// <param name="Content">Its bytes.</param>
public readonly record struct BaileysFile(string Name, ReadOnlyMemory<byte> Content);
