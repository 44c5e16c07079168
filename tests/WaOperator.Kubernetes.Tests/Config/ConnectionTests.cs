using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using k8s.Exceptions;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace WaOperator.Kubernetes.Tests.Config;

/// <summary>Who is let in, and who is trusted, on a real server.</summary>
public sealed class ConnectionTests : IAsyncLifetime, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("wa-connection-").FullName;
    private ApiServer _server = null!;
    private KubernetesClientConfiguration _admin = null!;

    public async Task InitializeAsync()
    {
        _server = await Cluster.ServerAsync();
        _admin = Cluster.Config(_server);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_client_certificate_says_who_we_are()
    {
        var (certificate, key) = _server.Pki.Client("joe", "nobodies");
        _admin.AccessToken = null;
        _admin.ClientCertificateData = Base64(certificate);
        _admin.ClientCertificateKeyData = Base64(key);
        using var client = new KubernetesClient(_admin);

        var e = await Should.ThrowAsync<KubernetesException>(() => client.ListAsync<Secret>());
        e.IsForbidden.ShouldBeTrue();
        e.Message.ShouldContain("User \"joe\" cannot list resource \"secrets\"");
    }

    [Fact]
    public async Task A_wrong_token_is_refused()
    {
        _admin.AccessToken = "wrong";
        using var client = new KubernetesClient(_admin);
        (
            await Should.ThrowAsync<KubernetesException>(() => client.ListAsync<Secret>())
        ).Code.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_server_that_another_authority_vouches_for_is_not_trusted_unless_we_are_told_not_to_look()
    {
        using var stranger = new Pki();
        _admin.SslCaCerts = [];
        _admin.SslCaCerts.ImportFromPem(stranger.AuthorityPem);
        using var wary = new KubernetesClient(_admin);
        var e = await Should.ThrowAsync<HttpRequestException>(() =>
            wary.GetAsync<Namespace>("default")
        );
        e.InnerException.ShouldBeOfType<AuthenticationException>();

        _admin.SkipTlsVerify = true;
        using var told = new KubernetesClient(_admin);
        (await told.GetAsync<Namespace>("default")).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_name_in_the_certificate_must_be_the_one_that_is_expected()
    {
        _admin.TlsServerName = "kubernetes";
        using var right = new KubernetesClient(_admin);
        (await right.GetAsync<Namespace>("default")).ShouldNotBeNull();
        var elsewhere = Cluster.Config(_server);
        elsewhere.TlsServerName = "elsewhere";
        using var wrong = new KubernetesClient(elsewhere);
        var e = await Should.ThrowAsync<HttpRequestException>(() =>
            wrong.GetAsync<Namespace>("default")
        );
        e.InnerException!.Message.ShouldContain(
            nameof(SslPolicyErrors.RemoteCertificateNameMismatch)
        );
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_not_waited_for_for_ever()
    {
        await using var proxy = TcpProxy.To(_server.Port);
        var config = KubeConfig.FromFile(
            await _server.WriteKubeconfigAsync(_server.AdminToken, proxy.Port)
        );
        using var client = new KubernetesClient(
            config,
            new() { RequestTimeout = TimeSpan.FromSeconds(1) }
        );
        (await client.GetAsync<Namespace>("default")).ShouldNotBeNull();
        proxy.FallSilent();
        var e = await Should.ThrowAsync<TimeoutException>(() =>
            client.GetAsync<Namespace>("default")
        );
        e.Message.ShouldContain(
            $"GET /api/v1/namespaces/default: no answer from https://127.0.0.1:{proxy.Port} within 1 s"
        );
        proxy.Heal();
        (await client.GetAsync<Namespace>("default")).ShouldNotBeNull();
    }

    /// <summary>The library's own check passes such a server when its authority is a private one.</summary>
    [Fact]
    public async Task A_certificate_of_the_right_authority_for_another_host_is_refused()
    {
        using var pki = new Pki();
        await using var server = TlsServer.Start(pki);
        var byName = KubeConfig.FromFile(Kubeconfig(pki, $"https://localhost:{server.Port}"));
        await ShouldRefuseAsync(byName, nameof(SslPolicyErrors.RemoteCertificateNameMismatch));

        var byAddress = KubeConfig.FromFile(Kubeconfig(pki, $"https://127.0.0.1:{server.Port}"));
        using var client = new KubernetesClient(byAddress);
        (await client.GetAsync<Namespace>("default")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var pki = new Pki();
        using var stranger = new Pki();
        await using var server = TlsServer.Start(pki);
        await ShouldRefuseAsync(
            KubeConfig.FromFile(Kubeconfig(stranger, $"https://127.0.0.1:{server.Port}")),
            "errors in the certificate chain"
        );
    }

    /// <summary>The environment belongs to the whole process, so what depends on it is one test.</summary>
    [Fact]
    public async Task KUBECONFIG_comes_first_then_the_pods_service_account()
    {
        var before = new[]
        {
            "KUBECONFIG",
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
        }.ToDictionary(n => n, Environment.GetEnvironmentVariable);
        try
        {
            Environment.SetEnvironmentVariable("KUBECONFIG", null);
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", null);
            Should
                .Throw<KubeConfigException>(() => KubeConfig.InCluster(_home))
                .Message.ShouldContain("this is no pod");

            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", "127.0.0.1");
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_PORT", $"{_server.Port}");
            Should
                .Throw<KubeConfigException>(() => KubeConfig.InCluster(_home))
                .Message.ShouldContain($"service account in {_home} cannot be read");
            File.Copy(_server.CaPath, Path.Combine(_home, "ca.crt"));
            await File.WriteAllTextAsync(Path.Combine(_home, "namespace"), "team");
            await File.WriteAllTextAsync(Path.Combine(_home, "token"), _server.AdminToken);
            var inCluster = KubeConfig.InCluster(_home);
            inCluster.Namespace.ShouldBe("team");
            using var client = new KubernetesClient(inCluster);
            (await client.GetAsync<Namespace>("default")).ShouldNotBeNull();

            using var pki = new Pki();
            await using var server = TlsServer.Start(pki);
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_PORT", $"{server.Port}");
            await ShouldRefuseAsync(KubeConfig.InCluster(_home), "errors in the certificate chain");
            await File.WriteAllTextAsync(Path.Combine(_home, "ca.crt"), pki.AuthorityPem);
            using var trusting = new KubernetesClient(KubeConfig.InCluster(_home));
            (await trusting.GetAsync<Namespace>("default")).ShouldNotBeNull();
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", "localhost");
            await ShouldRefuseAsync(
                KubeConfig.InCluster(_home),
                nameof(SslPolicyErrors.RemoteCertificateNameMismatch)
            );

            Environment.SetEnvironmentVariable("KUBECONFIG", _server.KubeconfigPath);
            KubeConfig.Default().Host.ShouldBe(_server.Url);
        }
        finally
        {
            foreach (var (name, value) in before)
                Environment.SetEnvironmentVariable(name, value);
        }
    }

    private static async Task ShouldRefuseAsync(KubernetesClientConfiguration config, string why)
    {
        using var client = new KubernetesClient(config);
        var e = await Should.ThrowAsync<HttpRequestException>(() =>
            client.GetAsync<Namespace>("default")
        );
        e.InnerException.ShouldBeOfType<AuthenticationException>().Message.ShouldContain(why);
    }

    private string Kubeconfig(Pki pki, string server)
    {
        var path = Path.Combine(_home, "config");
        File.WriteAllText(
            path,
            $"""
            current-context: x
            clusters:
            - name: c
              cluster:
                server: {server}
                certificate-authority-data: {Base64(pki.AuthorityPem)}
            users:
            - name: u
              user:
                token: t
            contexts:
            - name: x
              context:
                cluster: c
                user: u
            """
        );
        return path;
    }

    private static string Base64(string text) =>
        Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
