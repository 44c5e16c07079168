namespace WaOperator.WhatsApp.Baileys;

/// <summary>A folder cannot be imported. Nothing was: the message names the file, where in it, and what is wrong.</summary>
/// <param name="file">The file's name.</param>
/// <param name="field">Where in the file, such as <c>signedPreKey.keyId</c>; empty for the file as a whole.</param>
/// <param name="problem">What is wrong there, for people.</param>
/// <param name="inner">What caused it.</param>
public sealed class ImportException(
    string file,
    string field,
    string problem,
    Exception? inner = null
) : Exception(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}", inner)
{
    /// <summary>The file's name.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file; empty for the file as a whole.</summary>
    public string Field { get; } = field;
}
