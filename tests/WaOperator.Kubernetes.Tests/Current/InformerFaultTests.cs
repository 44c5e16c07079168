using WaOperator.Kubernetes.Tests.Cache;

namespace WaOperator.Kubernetes.Tests.Current;

/// <summary>The same faults, with a server that gives the state through the watch.</summary>
[Collection(nameof(CurrentServer))]
public sealed class InformerFaultTests(CurrentServer server) : InformerFaults(server);
