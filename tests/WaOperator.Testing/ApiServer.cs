using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace WaOperator.Testing;

/// <summary>
/// A real Kubernetes API server on a real etcd, of this test run: own ports on loopback, own folder, own certificates and tokens. No
/// controllers and no nodes: what is created stays as it was created, and tests play the kubelet. Tests share one by
/// <see cref="SharedAsync"/> and take a namespace each; a test that kills or restarts the server starts its own.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private static readonly Lazy<Task<ApiServer>> Shared = new(StartAsync);
    private readonly ControlPlane _programs;
    private readonly string _home;
    private readonly int _etcdPort = PostgresServer.FreePort();
    private readonly Dictionary<string, (string User, string Group)> _tokens = new(
        StringComparer.Ordinal
    );
    private Process? _etcd;
    private Process? _server;
    private HttpClient? _admin;

    private ApiServer(ControlPlane programs, string home)
    {
        _programs = programs;
        _home = home;
        AdminToken = AddToken("admin", "system:masters");
    }

    /// <summary>Port on 127.0.0.1; stays the same over restarts.</summary>
    public int Port { get; } = PostgresServer.FreePort();

    /// <summary>Where it answers.</summary>
    public string Url => $"https://127.0.0.1:{Port}";

    /// <summary>The token of someone who may do everything.</summary>
    public string AdminToken { get; }

    /// <summary>The file with the certificate of the server's authority.</summary>
    public string CaPath => $"{_home}/ca.crt";

    /// <summary>The administrator's kubeconfig.</summary>
    public string KubeconfigPath => $"{_home}/admin.kubeconfig";

    /// <summary>Issues the server's certificate and those of users.</summary>
    public Pki Pki { get; } = new();

    /// <summary>The API as administrator, for what a test does itself.</summary>
    public HttpClient Admin => _admin!;

    /// <summary>The server that all tests of the process share.</summary>
    public static Task<ApiServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server of its own.</summary>
    public static async Task<ApiServer> StartAsync() =>
        await StartAsync(await ControlPlane.WholeAsync());

    /// <summary>Starts a server of its own, of these programs.</summary>
    public static async Task<ApiServer> StartAsync(ControlPlane programs)
    {
        var home = Directory.CreateTempSubdirectory("wa-apiserver-").FullName;
        var server = new ApiServer(programs, home);
        Reaper.Watch(home);
        await server.WriteFilesAsync();
        await server.StartEtcdAsync();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A kubeconfig file for a token, perhaps through a proxy.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> WriteKubeconfigAsync(string token, int? port = null)
    {
        var path = $"{_home}/{Guid.NewGuid():N}.kubeconfig";
        await File.WriteAllTextAsync(path, Kubeconfig($"token: {token}", port ?? Port));
        return path;
    }

    /// <summary>A new token; the server knows it after <see cref="StartAgainAsync"/>.</summary>
    public string AddToken(string user, string group)
    {
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _tokens[token] = (user, group);
        return token;
    }

    /// <summary>Forgets a token; the server forgets it with <see cref="StartAgainAsync"/>.</summary>
    public void RemoveToken(string token) => _tokens.Remove(token);

    /// <summary>Kills the server (SIGKILL); etcd stays.</summary>
    public async Task KillAsync()
    {
        if (_server is not { HasExited: false } server)
            return;
        server.Kill();
        await server.WaitForExitAsync();
    }

    /// <summary>Starts the server on its old port and data, with the tokens of now, and waits until it is ready.</summary>
    public async Task StartAgainAsync()
    {
        await KillAsync();
        await File.WriteAllLinesAsync(
            $"{_home}/tokens.csv",
            _tokens.Select(t => $"{t.Key},{t.Value.User},{t.Value.User},\"{t.Value.Group}\"")
        );
        _server = Run(
            "kube-apiserver",
            _programs.Server,
            [
                "--bind-address=127.0.0.1",
                $"--secure-port={Port}",
                $"--etcd-servers=http://127.0.0.1:{_etcdPort}",
                $"--token-auth-file={_home}/tokens.csv",
                $"--tls-cert-file={_home}/server.crt",
                $"--tls-private-key-file={_home}/server.key",
                $"--cert-dir={_home}",
                $"--audit-log-path={_home}/audit.log",
                // In MB; without, a second file is begun after 100.
                "--audit-log-maxsize=100000",
                $"--audit-policy-file={_home}/audit-policy.yaml",
                .. _programs.IsWhole ? OfTheWhole : [],
            ]
        );
        _admin ??= AdminClient();
        var state = await Eventually.Get(
            $"the API server on port {Port} is ready",
            async () =>
            {
                if (_server.HasExited)
                    return "ended";
                using var answer = await _admin.GetAsync("/readyz");
                return answer.IsSuccessStatusCode ? "ready" : null;
            },
            TimeSpan.FromSeconds(90)
        );
        if (state == "ended")
            throw new InvalidOperationException(
                $"kube-apiserver ended with {_server.ExitCode}: {LogTail("kube-apiserver")}"
            );
    }

    /// <summary>Removes the history up to now from etcd, as happens by itself every five minutes.</summary>
    public async Task CompactAsync()
    {
        using var etcd = new HttpClient { BaseAddress = new($"http://127.0.0.1:{_etcdPort}") };
        using var status = await etcd.PostAsJsonAsync("/v3/maintenance/status", new { });
        var revision = (await status.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("header")
            .GetProperty("revision")
            .GetString();
        using var answer = await etcd.PostAsJsonAsync(
            "/v3/kv/compaction",
            new { revision, physical = true }
        );
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Creates a namespace of a new name; where there are none, a name is all that one needs.</summary>
    public async Task<string> CreateNamespaceAsync(string prefix = "test")
    {
        var name = $"{prefix}-{Guid.NewGuid().ToString("N")[..10]}";
        if (_programs.IsWhole)
            await KubectlAsync("", "create", "namespace", name);
        return name;
    }

    /// <summary>Creates or updates resource definitions and waits until they are served.</summary>
    /// <param name="yaml">One or several documents.</param>
    public async Task ApplyCrdsAsync(string yaml)
    {
        await KubectlAsync(yaml, "apply", "-f", "-");
        await KubectlAsync(yaml, "wait", "--for=condition=Established", "--timeout=30s", "-f", "-");
    }

    /// <summary>Waits until the API server serves all custom resources that are defined.</summary>
    public Task EstablishedAsync() =>
        KubectlAsync("", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all");

    /// <summary>Runs kubectl as administrator.</summary>
    /// <param name="input">What it reads from standard input.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; says what it said.</exception>
    public async Task<string> KubectlAsync(string input, params string[] arguments)
    {
        using var kubectl = Process.Start(
            new ProcessStartInfo(
                _programs.Kubectl,
                ["--kubeconfig", KubeconfigPath, "--cache-dir", $"{_home}/kubectl", .. arguments]
            )
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = kubectl.StandardOutput.ReadToEndAsync();
        var error = kubectl.StandardError.ReadToEndAsync();
        await kubectl.StandardInput.WriteAsync(input);
        kubectl.StandardInput.Close();
        await kubectl.WaitForExitAsync();
        return kubectl.ExitCode == 0
            ? await output
            : throw new InvalidOperationException(
                $"kubectl {string.Join(' ', arguments)} failed: {await error}"
            );
    }

    /// <summary>Every request that was answered (watches: begun), in order.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync() => (await AuditAsync(0)).Events;

    /// <summary>The part of the audit log from <paramref name="offset"/> on, for who follows a long one.</summary>
    /// <returns>The requests, and the offset to continue from.</returns>
    public async Task<(IReadOnlyList<AuditEvent> Events, long Next)> AuditAsync(long offset)
    {
        await using var file = new FileStream(
            $"{_home}/audit.log",
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        file.Seek(offset, SeekOrigin.Begin);
        using var reader = new StreamReader(file);
        var text = await reader.ReadToEndAsync();
        // The last line may be in the midst of being written.
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        return (
            [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(AuditEvent.Parse)],
            offset + Encoding.UTF8.GetByteCount(whole)
        );
    }

    /// <summary>Ends the server and its etcd and removes their folder.</summary>
    public ValueTask DisposeAsync()
    {
        KillAndRemove();
        return ValueTask.CompletedTask;
    }

    private async Task WriteFilesAsync()
    {
        var (certificate, key) = Pki.Server("localhost", "kubernetes");
        await File.WriteAllTextAsync(CaPath, Pki.AuthorityPem);
        await File.WriteAllTextAsync($"{_home}/server.crt", certificate);
        await File.WriteAllTextAsync($"{_home}/server.key", key);
        using var accounts = RSA.Create(2048);
        await File.WriteAllTextAsync($"{_home}/sa.key", accounts.ExportRSAPrivateKeyPem());
        await File.WriteAllTextAsync(
            $"{_home}/audit-policy.yaml",
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [level: Metadata]\n"
        );
        await File.WriteAllTextAsync(KubeconfigPath, Kubeconfig($"token: {AdminToken}", Port));
    }

    /// <summary>What only a whole API server knows.</summary>
    private string[] OfTheWhole =>
        [
            // It must not be loopback, and it is not used: there are no nodes.
            "--advertise-address=192.0.2.1",
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
            $"--client-ca-file={_home}/ca.crt",
            $"--service-account-key-file={_home}/sa.key",
            $"--service-account-signing-key-file={_home}/sa.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            // It would refuse pods, since no controller makes service accounts here.
            "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true",
        ];

    private string Kubeconfig(string user, int port) =>
        $"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: https://127.0.0.1:{port}
                certificate-authority: {CaPath}
            users:
            - name: test
              user:
                {user}
            contexts:
            - name: test
              context: {Flow("cluster: test, user: test, namespace: default")}
            """;

    private static string Flow(string fields) => $"{{{fields}}}";

    private async Task StartEtcdAsync()
    {
        var peer = PostgresServer.FreePort();
        _etcd = Run(
            "etcd",
            _programs.Etcd,
            [
                $"--data-dir={_home}/etcd",
                // What is lost with the machine is lost with the test; a disk that is busy with others' writes would cost leases.
                "--unsafe-no-fsync",
                $"--listen-client-urls=http://127.0.0.1:{_etcdPort}",
                $"--advertise-client-urls=http://127.0.0.1:{_etcdPort}",
                $"--listen-peer-urls=http://127.0.0.1:{peer}",
                $"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
                $"--initial-cluster=default=http://127.0.0.1:{peer}",
            ]
        );
        using var http = new HttpClient();
        await Eventually.True(
            $"etcd on port {_etcdPort} is healthy",
            async () =>
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{_etcdPort}/health");
                return answer.IsSuccessStatusCode;
            },
            TimeSpan.FromSeconds(60)
        );
    }

    private HttpClient AdminClient()
    {
        var ca = X509CertificateLoader.LoadCertificateFromFile(CaPath);
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(ca);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new() { CertificateChainPolicy = policy },
            UseProxy = false,
        };
        var client = new HttpClient(handler)
        {
            BaseAddress = new(Url),
            Timeout = TimeSpan.FromSeconds(30),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            AdminToken
        );
        return client;
    }

    private Process Run(string name, string program, string[] arguments)
    {
        var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _home,
            }
        )!;
        Reaper.Adopt(_home, name, process);
        var log = TextWriter.Synchronized(
            new StreamWriter($"{_home}/{name}.log", append: true, Encoding.UTF8)
            {
                AutoFlush = true,
            }
        );
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string LogTail(string program)
    {
        using var file = new FileStream(
            $"{_home}/{program}.log",
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(file);
        return string.Join('\n', reader.ReadToEnd().Split('\n').TakeLast(15));
    }

    private void KillAndRemove()
    {
        foreach (var process in (Process?[])[_server, _etcd])
            if (process is { HasExited: false })
            {
                process.Kill();
                process.WaitForExit();
            }
        _admin?.Dispose();
        Pki.Dispose();
        if (Directory.Exists(_home))
            Directory.Delete(_home, recursive: true);
    }
}
