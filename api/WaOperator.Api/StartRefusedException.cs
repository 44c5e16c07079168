namespace WaOperator.Api;

/// <summary>The program must not start: a setting or a file is wrong. The message is for people and holds no secret.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
