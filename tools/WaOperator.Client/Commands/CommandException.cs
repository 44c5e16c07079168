namespace WaOperator.Client.Commands;

/// <summary>A command did not do what it is for.</summary>
internal sealed class CommandException(string message, int? code = null) : Exception(message)
{
    /// <summary>The server's code, where it gave one.</summary>
    public int? Code => code;
}
