using System.CommandLine;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Baileys;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>Makes a state directory from the auth folder of a Baileys client. It appears as a whole or not at all.</summary>
internal static class ImportVerb
{
    private const string Building = ".importing";

    private static readonly Argument<DirectoryInfo> Folder = new("folder")
    {
        Description = "The auth folder (useMultiFileAuthState). It is not changed.",
    };

    private static readonly Option<DirectoryInfo> To = new("--to")
    {
        Description = "The state directory to make; it must not exist yet, or be empty.",
        Required = true,
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Read and check everything, write nothing.",
    };

    /// <summary>The verb.</summary>
    public static Command Command(JsonLines lines)
    {
        var command = new Command(
            "import-baileys",
            "Imports a linked device of Baileys, so that it continues here without a scan. Stop Baileys first."
        )
        {
            Folder,
            To,
            DryRun,
        };
        command.SetAction(
            (parsed, ct) =>
                RunAsync(
                    lines,
                    parsed.GetRequiredValue(Folder).FullName,
                    Path.TrimEndingDirectorySeparator(parsed.GetRequiredValue(To).FullName),
                    parsed.GetValue(DryRun),
                    ct
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        JsonLines lines,
        string folder,
        string target,
        bool dryRun,
        CancellationToken ct
    )
    {
        try
        {
            if (
                File.Exists(target)
                || Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()
            )
                throw new IOException($"{target} is there already and not empty.");
            var import = BaileysFolder.Read(folder);
            if (!dryRun)
                await WriteAsync(import, target, ct);
            int Count(string kind) => import.Records.Count(record => record.Key.Kind == kind);
            lines.Write(
                dryRun ? "checked" : "imported",
                ("device", PhoneNumber.Mask(import.Credentials.Me!.Value.User)),
                ("preKeys", import.PreKeys.Count),
                ("sessions", Count(RecordKinds.Session)),
                ("senderKeys", Count(RecordKinds.SenderKey)),
                ("lids", Count(RecordKinds.Lid) / 2),
                (
                    "notUsed",
                    import
                        .Ignored.GroupBy(file => file.Reason)
                        .Select(r => new
                        {
                            reason = r.Key,
                            files = r.Count(),
                            first = r.First().Name,
                        })
                )
            );
            return Cli.Done;
        }
        catch (ImportException e)
        {
            lines.Error(
                "Import",
                null,
                e.Message,
                "Nothing was imported. Repair the file or restore it from a copy."
            );
            return Cli.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lines.Error(
                "State",
                null,
                e.Message,
                "Nothing was imported. Look at the directory named by --to."
            );
            return Cli.Failed;
        }
    }

    /// <summary>Beside the target first, and then renamed.</summary>
    private static async Task WriteAsync(BaileysImport import, string target, CancellationToken ct)
    {
        var building = target + Building;
        if (Directory.Exists(building))
            Directory.Delete(building, recursive: true);
        using (var store = FileStore.Open(building))
        {
            await store.Messages.CommitAsync(import.Change, ct);
            await store.SavePreKeysAsync(import.Batch, ct);
        }
        if (Directory.Exists(target))
            Directory.Delete(target);
        Directory.Move(building, target);
    }
}
