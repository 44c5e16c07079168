namespace WaOperator.SessionPod.Options;

/// <summary>The pod must not start: a setting or the master key is wrong. The message is for people and holds no secret.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
