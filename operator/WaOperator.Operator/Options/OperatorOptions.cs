using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Signals;
using WaOperator.Store.Connecting;

namespace WaOperator.Operator.Options;

/// <summary>What the operator is started with, from the section <c>WA</c> (<c>WA__Database__ConnectionString</c> and so on).</summary>
public sealed partial class OperatorOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "WA";

    /// <summary>PostgreSQL.</summary>
    public DatabaseOptions Database { get; set; } = new();

    /// <summary>Redis.</summary>
    public RedisOptions Redis { get; set; } = new();

    /// <summary>Where this process runs.</summary>
    public SessionPodDefaults Pod { get; set; } = new();

    /// <summary>The election of the leader.</summary>
    public LeaderOptions Leader { get; set; } = new();

    /// <summary>The namespaces whose resources are looked after. Default: all.</summary>
    public IList<string> Namespaces { get; set; } = [];

    /// <summary>
    /// Pools that may serve other namespaces than their own, as namespace or namespace/name; those of the own namespace always
    /// may. Default: no others.
    /// </summary>
    public IList<string> SharedPools { get; set; } = [];

    /// <summary>
    /// Whether Nodes are read, to learn of the out-of-service taint; takes a permission for the whole cluster. Default true.
    /// </summary>
    public bool ReadNodes { get; set; } = true;

    /// <summary>Session pods of pools that do not say it themselves.</summary>
    public SessionPodOptions SessionPod { get; set; } = new();

    /// <summary>The pool that the chart declares.</summary>
    public DefaultPoolOptions DefaultPool { get; set; } = new();

    /// <summary>The installation as the database knows it.</summary>
    public InstallationOptions Installation { get; set; } = new();

    /// <summary>The brake on the removal of many sessions.</summary>
    public RemovalOptions Removal { get; set; } = new();

    /// <summary>Phone numbers, and keys of sessions that are gone.</summary>
    public ClaimsOptions Claims { get; set; } = new();

    /// <summary>API keys of tenants, and secrets of webhooks.</summary>
    public ApiKeysOptions ApiKeys { get; set; } = new();

    /// <summary>How pools grow and shrink.</summary>
    public ScalingOptions Scaling { get; set; } = new();

    /// <summary>Port of health and metrics, plain HTTP, 0 (any) to 65535. Default 8080.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>PostgreSQL.</summary>
    public sealed class DatabaseOptions
    {
        /// <summary>What the setting is called in the environment.</summary>
        public const string Name = "WA__Database__ConnectionString";

        /// <summary>How to reach PostgreSQL with a role that owns the schema, in any form of <see cref="PostgresDsn"/>. Required. Secret.</summary>
        public string ConnectionString { get; set; } = "";
    }

    /// <summary>Redis.</summary>
    public sealed class RedisOptions
    {
        /// <summary>How to reach Redis, in any form of <see cref="RedisDsn"/>. Default: none, and changes are found by polling. Secret.</summary>
        public string? Configuration { get; set; }

        /// <summary>Certificate authorities (PEM) trusted in place of the system's; makes the connection TLS. Default none.</summary>
        public string? CaFile { get; set; }
    }

    /// <summary>Where this process runs.</summary>
    public sealed class SessionPodDefaults
    {
        /// <summary>Name of the pod, part of the leader's identity. Default: the machine's name.</summary>
        public string Name { get; set; } = Environment.MachineName;

        /// <summary>Namespace of the pod, of the leader's Lease and of the default pool. Required.</summary>
        public string Namespace { get; set; } = "";
    }

    /// <summary>The election of the leader: lease &gt; renewal &gt; retry.</summary>
    public sealed class LeaderOptions
    {
        /// <summary>Name of the Lease. Default wa-operator.</summary>
        public string LeaseName { get; set; } = "wa-operator";

        /// <summary>Seconds after which others take over from a silent leader, 1 to 600. Default 6.</summary>
        public int LeaseSeconds { get; set; } = 6;

        /// <summary>Seconds after which a leader that cannot renew stops, below the former. Default 4.</summary>
        public double RenewSeconds { get; set; } = 4;

        /// <summary>Seconds between attempts. Default 1.</summary>
        public double RetrySeconds { get; set; } = 1;

        /// <summary>
        /// Seconds without an answer of PostgreSQL after which a leader offers its lease to a replica that has one, above 0. Default 3.
        /// </summary>
        public double DatabaseSeconds { get; set; } = 3;
    }

    /// <summary>Session pods of pools that do not say it themselves.</summary>
    public sealed class SessionPodOptions
    {
        /// <summary>Their image. Required.</summary>
        public string Image { get; set; } = "";

        /// <summary><c>Always</c>, <c>IfNotPresent</c>, <c>Never</c>. Default: Kubernetes decides by the tag.</summary>
        public string? ImagePullPolicy { get; set; }

        /// <summary>Secrets with the registry's credentials, in the pool's namespace. Default none.</summary>
        public IList<string> ImagePullSecrets { get; set; } = [];

        /// <summary>
        /// User and group that session pods run as, 1 or more. Empty: the platform chooses, as OpenShift does. Default 1654, the user
        /// of the image.
        /// </summary>
        public long? RunAsUser { get; set; } = 1654;
    }

    /// <summary>The pool that the chart declares.</summary>
    public sealed class DefaultPoolOptions
    {
        /// <summary>
        /// Name of a ConfigMap of the own namespace that holds a pool's <c>name</c> and <c>spec.json</c>; the pool is made and owned by
        /// it. Default none.
        /// </summary>
        public string? ConfigMap { get; set; }
    }

    /// <summary>
    /// The installation as the database knows it: UID of the own namespace and name of the Lease. One database belongs to one.
    /// </summary>
    public sealed class InstallationOptions
    {
        /// <summary>
        /// The installation that this one replaces, as the refusal names it; that one must not run any more. Default none.
        /// May stay set afterwards.
        /// </summary>
        public string? Replaces { get; set; }
    }

    /// <summary>
    /// When more sessions than both limits would go within <see cref="Minutes"/>, as after a mistake in a repository or the loss of
    /// the definitions, the operator waits for the administrator's word.
    /// </summary>
    public sealed class RemovalOptions
    {
        /// <summary>So many may go without a word, 1 to 1,000,000. Default 100.</summary>
        public int Sessions { get; set; } = 100;

        /// <summary>And so many of a hundred that are known, 1 to 100; 100 never waits. Default 30.</summary>
        public int Percent { get; set; } = 30;

        /// <summary>The time in which they are counted, in minutes, 1 to 1440. Default 10.</summary>
        public double Minutes { get; set; } = 10;
    }

    /// <summary>How long a session keeps a number, and the operator a session's keys.</summary>
    public sealed class ClaimsOptions
    {
        /// <summary>
        /// Hours after its creation from which a session that is not paired gives its number to another one that asks for it,
        /// 1 to 8760. Default 24.
        /// </summary>
        public double UnpairedHours { get; set; } = 24;

        /// <summary>
        /// Days for which the keys of a session are kept that was deleted with deletionPolicy Retain or lost its finalizer,
        /// 1 to 3650. Default 30.
        /// </summary>
        public double RetainedDays { get; set; } = 30;
    }

    /// <summary>API keys of tenants and secrets of webhooks, which are in Secrets that are neither listed nor watched.</summary>
    public sealed class ApiKeysOptions
    {
        /// <summary>Seconds between two readings of all of these Secrets at least, 1 to 3600. Default 60.</summary>
        public double RoundSeconds { get; set; } = 60;
    }

    /// <summary>How pools grow and shrink between <c>shards.min</c> and <c>shards.max</c>.</summary>
    public sealed class ScalingOptions
    {
        /// <summary>
        /// For how many minutes fewer shards must have been enough before a pool shrinks, 0 to 1440. Default 10.
        /// </summary>
        public double CalmMinutes { get; set; } = 10;
    }

    /// <summary>The election as the library takes it.</summary>
    /// <param name="process">Makes the identity unique to this process.</param>
    public LeaderElectionOptions Election(Guid process) =>
        new()
        {
            LeaseName = Leader.LeaseName,
            Namespace = Pod.Namespace,
            Identity = $"{Pod.Name}_{process:N}",
            LeaseDuration = TimeSpan.FromSeconds(Leader.LeaseSeconds),
            RenewDeadline = TimeSpan.FromSeconds(Leader.RenewSeconds),
            RetryPeriod = TimeSpan.FromSeconds(Leader.RetrySeconds),
        };

    /// <summary>Reads the options; they are not validated yet.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="options">What it says.</param>
    /// <param name="unreadable">Which setting has a value of another type, for people.</param>
    public static bool TryRead(
        IConfiguration configuration,
        out OperatorOptions options,
        out string unreadable
    )
    {
        (options, unreadable) = (new(), "");
        try
        {
            configuration.GetSection(Section).Bind(options);
            return true;
        }
        catch (InvalidOperationException e)
        {
            // Its text names the setting between quotes, and the type that the value is to have.
            var setting = Setting().Match(e.Message);
            unreadable = setting.Success
                ? $"{setting.Groups["setting"].Value.Replace(":", "__", StringComparison.Ordinal)} has a value that is no {setting.Groups["type"].Value}"
                : "a setting has a value of another type than its own";
            return false;
        }
    }

    [GeneratedRegex(
        "'(?<setting>WA:[^']+)' to type '(System\\.)?(?<type>[^']+)'",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Setting();

    /// <summary>Says what is wrong, all at once; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var wrong = new List<string>();
        Require(
            Database.ConnectionString,
            DatabaseOptions.Name,
            "a PostgreSQL URI or connection string",
            wrong
        );
        if (
            !string.IsNullOrWhiteSpace(Database.ConnectionString)
            && PostgresDsn.Fault(Database.ConnectionString) is { } fault
        )
            wrong.Add($"{DatabaseOptions.Name} {fault}");
        if (
            Redis.Configuration is { Length: > 0 } redis
            && RedisDsn.Fault(redis, Redis.CaFile) is { } redisFault
        )
            wrong.Add($"WA__Redis__Configuration {redisFault}");
        Require(Pod.Namespace, "WA__Pod__Namespace", "the operator's own namespace", wrong);
        Require(SessionPod.Image, "WA__SessionPod__Image", "the image of session pods", wrong);
        if (SessionPod.ImagePullPolicy is not (null or "" or "Always" or "IfNotPresent" or "Never"))
            wrong.Add(
                $"WA__SessionPod__ImagePullPolicy is {SessionPod.ImagePullPolicy}; it must be Always, IfNotPresent or Never"
            );
        if (SessionPod.RunAsUser is < 1 or > uint.MaxValue - 1L)
            wrong.Add(
                $"WA__SessionPod__RunAsUser is {SessionPod.RunAsUser}; it must be a number from 1 to {uint.MaxValue - 1L}, or empty"
            );
        if (Port is < 0 or > 65_535)
            wrong.Add($"WA__Port is {Port}; it must be a number from 0 to 65535");
        if (Scaling.CalmMinutes is not (>= 0 and <= 1440))
            wrong.Add(
                $"WA__Scaling__CalmMinutes is {Scaling.CalmMinutes}; it must be a number from 0 to 1440"
            );
        if (Leader.DatabaseSeconds is not > 0)
            wrong.Add(
                $"WA__Leader__DatabaseSeconds is {Leader.DatabaseSeconds}; it must be above 0"
            );
        Between(Claims.UnpairedHours, 1, 8760, "WA__Claims__UnpairedHours", wrong);
        Between(Claims.RetainedDays, 1, 3650, "WA__Claims__RetainedDays", wrong);
        Between(ApiKeys.RoundSeconds, 1, 3600, "WA__ApiKeys__RoundSeconds", wrong);
        Between(Removal.Sessions, 1, 1_000_000, "WA__Removal__Sessions", wrong);
        Between(Removal.Percent, 1, 100, "WA__Removal__Percent", wrong);
        Between(Removal.Minutes, 1, 1440, "WA__Removal__Minutes", wrong);
        foreach (var pool in SharedPools.Where(p => !IsPoolName(p)))
            wrong.Add(
                $"WA__SharedPools has the entry \"{pool}\"; it must be a namespace or namespace/name"
            );
        if (Namespaces.Any(string.IsNullOrWhiteSpace))
            wrong.Add("WA__Namespaces has an empty entry; leave the list out for all namespaces");
        try
        {
            (Election(Guid.Empty) with { Namespace = "x" }).Validate();
        }
        catch (ValidationException e)
        {
            wrong.Add(e.Message);
        }
        return wrong;
    }

    private static bool IsPoolName(string? entry) =>
        entry?.Split('/') is { Length: 1 or 2 } parts
        && parts.All(p =>
            p.Length is > 0 and <= 253
            && p.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        );

    private static void Between(
        double value,
        double least,
        double most,
        string name,
        List<string> wrong
    )
    {
        if (!(value >= least && value <= most))
            wrong.Add($"{name} is {value}; it must be a number from {least} to {most}");
    }

    private static void Require(string value, string name, string what, List<string> wrong)
    {
        if (string.IsNullOrWhiteSpace(value))
            wrong.Add($"{name} is not set; it must be {what}");
    }
}
