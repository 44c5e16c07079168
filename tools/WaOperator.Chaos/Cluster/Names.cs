namespace WaOperator.Chaos.Cluster;

/// <summary>What hack/chaos calls things in its cluster.</summary>
internal static class Names
{
    public const string Release = "wa-operator";
    public const string Gateway = "wa-operator-gateway";
    public const string Fleet = "wa-chaos";
    public const string Pool = "chaos";
    public const int Shards = 4;

    /// <summary>Node of PostgreSQL, Redis, the simulator and the leader: never harmed.</summary>
    public const int Core = 1;

    /// <summary>Node of shards, and of the operator's second replica.</summary>
    public const int Second = 2;

    /// <summary>Node of shards alone.</summary>
    public const int Third = 3;

    public const string Group = "/apis/whatsapp.wa-operator.io/v1alpha1";
    public const string PoolPath = $"{Group}/namespaces/{Release}/whatsappsessionpools/{Pool}";
    public const string SessionsPath = $"{Group}/namespaces/{Fleet}/whatsappsessions";
    public const string PodsPath = $"/api/v1/namespaces/{Release}/pods";
    public const string AppsPath = $"/apis/apps/v1/namespaces/{Release}";

    public static string Pod(int ordinal) => $"wa-{Pool}-{ordinal}";

    /// <summary>The name of a session, from 1.</summary>
    public static string Session(int session) => $"chaos-{session:0000}";

    /// <summary>The number of a session's phone, from 1.</summary>
    public static string Phone(int session) => $"4915200{session:000000}";
}
