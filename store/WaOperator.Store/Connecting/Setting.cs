namespace WaOperator.Store.Connecting;

/// <summary>A key and its value, as they stand in a connection setting.</summary>
/// <param name="Key">As written.</param>
/// <param name="Value">Unquoted.</param>
/// <param name="Where">Which one it is, for people: never its text, which may be a part of a password that was not quoted.</param>
internal readonly record struct Setting(string Key, string Value, string Where);
