namespace WaOperator.SessionPod.Proxies;

/// <summary>A session has a proxy whose address cannot be had. It does not connect without it.</summary>
/// <param name="message">Why, for people.</param>
internal sealed class ProxyUnreadableException(string message) : Exception(message);
