using System.Data.Common;
using System.Globalization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Options;
using WaOperator.Store;
using WaOperator.Store.Connecting;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Baileys;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Import;

/// <summary>
/// Gives a stopped session the device of a Baileys client, so that it continues here without another scan. Uses the database as the
/// operator and the master key that the pods are started with. All is written in one transaction under an epoch of its own, or nothing.
/// </summary>
internal static class ImportCommand
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Misused = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string[] args,
        IConfiguration configuration,
        TextWriter output,
        TextWriter errors,
        CancellationToken ct = default
    )
    {
        if (ImportArguments.Parse(args) is not { } arguments)
        {
            await errors.WriteLineAsync(ImportArguments.Usage);
            return Misused;
        }
        try
        {
            return await RunAsync(arguments, configuration, output, errors, ct);
        }
        catch (Exception e)
            when (e
                    is ImportException
                        or StartRefusedException
                        or DbException
                        or CommitUnknownException
                        or InvalidDataException
            )
        {
            var unsure =
                e is CommitUnknownException
                    ? "it is not known whether it was imported: look at the session"
                    : "nothing was imported";
            await errors.WriteLineAsync($"import: {e.Message}; {unsure}");
            return Failed;
        }
    }

    /// <summary>What a folder holds, in a few lines for people.</summary>
    public static IEnumerable<string> Describe(BaileysImport import)
    {
        int Count(string kind) => import.Records.Count(record => record.Key.Kind == kind);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"device {import.Credentials.Me!.Value.Device} of {PhoneNumber.Mask(import.Credentials.Me.Value.User)}: {import.PreKeys.Count} prekeys, {Count(RecordKinds.Session)} sessions, {Count(RecordKinds.SenderKey)} sender keys, {Count(RecordKinds.Lid) / 2} numbers with LID"
        );
        foreach (var reason in import.Ignored.GroupBy(file => file.Reason, file => file.Name))
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"not used ({reason.Key}): {reason.Count()} files, such as {reason.First()}"
            );
    }

    private static async Task<int> RunAsync(
        ImportArguments arguments,
        IConfiguration configuration,
        TextWriter output,
        TextWriter errors,
        CancellationToken ct
    )
    {
        var import = BaileysFolder.Read(arguments.Folder);
        foreach (var line in Describe(import))
            await output.WriteLineAsync(line);
        await using var store = PodStore.ForImport(DatabaseSetting(configuration), Patience);
        using var master = MasterKey.Load(
            Setting(configuration, PodEnvironment.MasterKeyFile, "what the pods have")
        );
        if (await store.ImportTargets.IsRoleOfPodAsync(ct))
            return await RefuseAsync(
                $"{PodEnvironment.Database} is a pod's, whose role sees its own sessions alone; it must be the operator's"
            );
        var session = $"{arguments.Namespace}/{arguments.Name}";
        if (
            await store.ImportTargets.FindAsync(arguments.Namespace, arguments.Name, ct)
            is not { } target
        )
            return await RefuseAsync($"there is no session {session}");
        if (target.Obstacle is { } obstacle)
            return await RefuseAsync($"{session}: {obstacle}");
        if (!PhoneNumber.Same(target.Phone, import.Credentials.Me!.Value.User))
            return await RefuseAsync(
                $"{session} declares the phone {PhoneNumber.Mask(target.Phone)}, the folder is of {PhoneNumber.Mask(import.Credentials.Me.Value.User)}"
            );
        await master.CheckAsync(store.Keys, ct);
        if (arguments.DryRun)
        {
            await output.WriteLineAsync($"dry run: {session} could take it; nothing was written");
            return Done;
        }
        if (await store.ImportTargets.ClaimAsync(target.Id, ct) is not { } epoch)
            return await RefuseAsync($"{session} was started meanwhile");
        using var keyring = new Keyring(master, store.Keys);
        var write = await SessionImport.SealAsync(target, epoch, import, keyring, store.Keys, ct);
        if ((await store.Writer.CommitAsync([write], ct)).Count > 0)
            return await RefuseAsync($"{session} was started meanwhile");
        await output.WriteLineAsync(
            $"imported into {session}; do not start Baileys with this folder again, and set spec.state to Active"
        );
        return Done;

        async Task<int> RefuseAsync(string why)
        {
            await errors.WriteLineAsync($"import: {why}; nothing was imported");
            return Failed;
        }
    }

    private static string DatabaseSetting(IConfiguration configuration)
    {
        var text = Setting(configuration, PodEnvironment.Database, "the operator's");
        return PostgresDsn.Fault(text) is { } fault
            ? throw new StartRefusedException($"{PodEnvironment.Database} {fault}")
            : text;
    }

    private static string Setting(IConfiguration configuration, string name, string whose) =>
        configuration[SettingReader.KeyOf(name)] is { Length: > 0 } value
            ? value
            : throw new StartRefusedException($"{name} is not set; it must be {whose}");
}
