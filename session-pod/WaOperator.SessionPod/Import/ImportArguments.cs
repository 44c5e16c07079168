namespace WaOperator.SessionPod.Import;

/// <summary>import-baileys FOLDER --session NAMESPACE/NAME [--dry-run]</summary>
/// <param name="Folder">The auth folder.</param>
/// <param name="Namespace">The namespace of the WhatsAppSession.</param>
/// <param name="Name">Its name.</param>
/// <param name="DryRun">Checks everything and writes nothing.</param>
internal sealed record ImportArguments(string Folder, string Namespace, string Name, bool DryRun)
{
    /// <summary>The verb's name.</summary>
    public const string Verb = "import-baileys";

    /// <summary>How it is called.</summary>
    public const string Usage =
        $"usage: {Verb} FOLDER --session NAMESPACE/NAME [--dry-run]; with WA__Database__ConnectionString as the operator has it and WA__MasterKey__File as the pods have it in the environment";

    /// <returns>Null when the command line is wrong.</returns>
    public static ImportArguments? Parse(ReadOnlySpan<string> args)
    {
        string? folder = null;
        string[]? session = null;
        var dryRun = false;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--dry-run":
                    dryRun = true;
                    break;
                case "--session" when i + 1 < args.Length && session is null:
                    session = args[++i].Split('/');
                    break;
                case var value
                    when folder is null && !value.StartsWith("--", StringComparison.Ordinal):
                    folder = value;
                    break;
                default:
                    return null;
            }
        }
        return folder is not null && session is [{ Length: > 0 } ns, { Length: > 0 } name]
            ? new(folder, ns, name, dryRun)
            : null;
    }
}
