using System.Text;
using WaOperator.Kubernetes.Config;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Config;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("wa-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void The_current_context_says_server_user_and_namespace()
    {
        using var pki = new Pki();
        var (cert, key) = pki.Client("joe", "devs");
        var file = Write(
            "config",
            $"""
            apiVersion: v1
            kind: Config
            current-context: b
            clusters:
            - name: one
              cluster:
                server: https://one.example:6443
                certificate-authority-data: {Base64(pki.AuthorityPem)}
                tls-server-name: kubernetes
            - name: two
              cluster: {Flow(
                "server: http://two.example/prefix, insecure-skip-tls-verify: true, proxy-url: http://proxy.example:3128"
            )}
            users:
            - name: joe
              user:
                client-certificate-data: {Base64(cert)}
                client-key-data: {Base64(key)}
            - name: tok
              user: {Flow("token: abc")}
            contexts:
            - name: a
              context: {Flow("cluster: one, user: tok, namespace: team")}
            - name: b
              context: {Flow("cluster: one, user: joe")}
            - name: c
              context: {Flow("cluster: two, user: tok")}
            """
        );

        var b = KubernetesClientConfiguration.BuildConfigFromConfigFile(file);
        b.Host.ShouldBe(new Uri("https://one.example:6443"));
        b.Namespace.ShouldBe("default");
        b.ClientCertificate!.Subject.ShouldBe("O=devs, CN=joe");
        b.ClientCertificate.HasPrivateKey.ShouldBeTrue();
        b.CaCertificates!.Single().Subject.ShouldBe("CN=test-ca");
        b.TlsServerName.ShouldBe("kubernetes");
        b.Token.ShouldBeNull();

        var a = KubernetesClientConfiguration.BuildConfigFromConfigFile(file, "a");
        a.Namespace.ShouldBe("team");
        a.Token!.Get().ShouldBe("abc");

        var c = KubernetesClientConfiguration.BuildConfigFromConfigFile(file, "c");
        c.SkipTlsVerify.ShouldBeTrue();
        c.CaCertificates.ShouldBeNull();
        c.Proxy.ShouldBe(new Uri("http://proxy.example:3128"));
        c.Host.AbsolutePath.ShouldBe("/prefix");
    }

    [Fact]
    public void Files_are_found_beside_the_config_and_a_token_file_wins_over_a_token()
    {
        using var pki = new Pki();
        Write("ca.pem", pki.AuthorityPem);
        Write("token", "from-file\n");
        var file = Write(
            "config",
            Simple("token: inline\n    tokenFile: token", "certificate-authority: ca.pem")
        );

        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(file);
        config.CaCertificates!.Count.ShouldBe(1);
        config.Token!.Get().ShouldBe("from-file");
    }

    [Fact]
    public void Of_several_files_the_first_that_names_something_wins()
    {
        var one = Write(
            "one",
            "current-context: x\nclusters:\n- name: c\n  cluster: {server: https://first.example}\n"
        );
        var two = Write(
            "two",
            Simple("token: t")
                .Replace("current-context: x", "current-context: y", StringComparison.Ordinal)
        );

        var config = KubeConfig.Load([Path.Combine(_home, "missing"), one, two]).Build(null, null);
        config.Host.Host.ShouldBe("first.example");
        config.Token!.Get().ShouldBe("t");
    }

    [Theory]
    [InlineData("no current-context", "clusters: []")]
    [InlineData("no context \"x\"", "current-context: x")]
    [InlineData("no kubeconfig", "- a\n- b")]
    [InlineData("cannot be read", "a: [")]
    public void What_is_wrong_is_said(string words, string text) =>
        Should
            .Throw<KubeConfigException>(() =>
                KubernetesClientConfiguration.BuildConfigFromConfigFile(Write("bad", text))
            )
            .Message.ShouldContain(words);

    [Theory]
    [InlineData("exec: {command: aws}", "\"exec\", which is not supported")]
    [InlineData("client-certificate-data: eA==", "without a client-key")]
    [InlineData(
        "client-certificate-data: '%%'\n    client-key-data: eA==",
        "client-certificate cannot be read"
    )]
    [InlineData("client-certificate: missing.pem", "client-certificate cannot be read")]
    public void A_user_that_cannot_be_used_is_named(string user, string words) =>
        Should
            .Throw<KubeConfigException>(() =>
                KubernetesClientConfiguration.BuildConfigFromConfigFile(Write("bad", Simple(user)))
            )
            .Message.ShouldContain(words);

    [Fact]
    public void A_missing_file_is_named() =>
        Should
            .Throw<KubeConfigException>(() =>
                KubernetesClientConfiguration.BuildConfigFromConfigFile($"{_home}/none")
            )
            .Message.ShouldContain($"{_home}/none");

    [Fact]
    public void A_token_file_is_read_again_after_a_minute_and_at_once_when_its_token_is_refused()
    {
        var time = new FakeTime();
        var path = Write("token", "one");
        var token = AccessToken.FromFile(path, time);
        token.Get().ShouldBe("one");

        Write("token", "two");
        token.Get().ShouldBe("one", "not a read per request");
        time.Advance(TimeSpan.FromMinutes(1));
        token.Get().ShouldBe("two");

        token.TryReplace("two").ShouldBeFalse("the file still has the refused one");
        Write("token", "three");
        token.TryReplace("two").ShouldBeTrue();
        token.Get().ShouldBe("three");

        File.Delete(path);
        time.Advance(TimeSpan.FromMinutes(1));
        token.Get().ShouldBe("three", "a file that is being exchanged is no reason to fail");
        Should
            .Throw<KubeConfigException>(() => AccessToken.FromFile(path, time).Get())
            .Message.ShouldContain(path);
    }

    private static string Simple(string user, string cluster = "insecure-skip-tls-verify: true") =>
        $"""
            current-context: x
            clusters:
            - name: c
              cluster:
                server: https://second.example
                {cluster}
            users:
            - name: u
              user:
                {user}
            contexts:
            - name: x
              context: {Flow("cluster: c, user: u")}
            - name: y
              context: {Flow("cluster: c, user: u")}
            """;

    private static string Flow(string fields) => $"{{{fields}}}";

    private static string Base64(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, text);
        return path;
    }
}
