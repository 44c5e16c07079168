namespace WaOperator.Kubernetes.Config;

/// <summary>The configuration that says which API server to talk to, and as whom, is missing or wrong.</summary>
public sealed class KubeConfigException(string message, Exception? cause = null)
    : Exception(message, cause);
