namespace WaOperator.Store.Connecting;

/// <summary>
/// A setting for a connection that cannot be used. The text is a sentence that follows the setting's name; it never holds a part of
/// the setting itself, which may be a password's, but where in it the fault is.
/// </summary>
public sealed class ConnectionSettingException(string message) : Exception(message);
