using System.Net;
using System.Text;
using k8s.Exceptions;
using WaOperator.Kubernetes.Client;
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

        var b = KubeConfig.FromFile(file);
        b.Host.ShouldBe("https://one.example:6443");
        b.Namespace.ShouldBe("default");
        b.ClientCertificateData.ShouldBe(Base64(cert));
        b.ClientCertificateKeyData.ShouldBe(Base64(key));
        b.SslCaCerts.Single().Subject.ShouldBe("CN=test-ca");
        b.TlsServerName.ShouldBe("kubernetes");
        b.SkipTlsVerify.ShouldBeFalse();
        b.AccessToken.ShouldBeNull();

        var a = KubeConfig.FromFile(file, "a");
        a.Namespace.ShouldBe("team");
        a.AccessToken.ShouldBe("abc");

        var c = KubeConfig.FromFile(file, "c");
        c.SkipTlsVerify.ShouldBeTrue();
        c.SslCaCerts.ShouldBeNull();
        using var handler = new SocketsHttpHandler();
        c.FirstMessageHandlerSetup(handler);
        ((WebProxy)handler.Proxy!).Address.ShouldBe(new Uri("http://proxy.example:3128"));
        c.Host.ShouldBe("http://two.example/prefix");
    }

    [Fact]
    public async Task Files_are_found_beside_the_config_and_a_token_file_wins_over_a_token()
    {
        using var pki = new Pki();
        Write("ca.pem", pki.AuthorityPem);
        Write("token", "from-file\n");
        var file = Write(
            "config",
            Simple("token: inline\n    tokenFile: token", "certificate-authority: ca.pem")
        );

        var config = KubeConfig.FromFile(file);
        config.SslCaCerts.Count.ShouldBe(1);
        (await config.TokenProvider.GetAuthenticationHeaderAsync(default)).Parameter.ShouldBe(
            "from-file"
        );
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

        var config = KubeConfigFiles.Build([Path.Combine(_home, "missing"), one, two], null, null);
        config.Host.ShouldBe("https://first.example");
        config.AccessToken.ShouldBe("t");
    }

    [Fact]
    public void Paths_are_relative_to_the_file_that_they_stand_in()
    {
        using var pki = new Pki();
        Directory.CreateDirectory(Path.Combine(_home, "deep"));
        Write("deep/ca.pem", pki.AuthorityPem);
        var one = Write("one", "current-context: x");
        var two = Write("deep/two", Simple("token: t", "certificate-authority: ca.pem"));

        KubeConfigFiles.Build([one, two], null, null).SslCaCerts.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("no current-context", "clusters: []")]
    [InlineData("x not found in contexts", "current-context: x")]
    [InlineData("is not a kubeconfig", "- a\n- b")]
    [InlineData("cannot be read", "a: [")]
    public void What_is_wrong_is_said(string words, string text) =>
        Should
            .Throw<KubeConfigException>(() => KubeConfig.FromFile(Write("bad", text)))
            .Message.ShouldContain(words);

    [Theory]
    [InlineData("exec: {command: aws}", "missing ApiVersion")]
    [InlineData(
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: /no/such/plugin}",
        "/no/such/plugin"
    )]
    [InlineData("client-certificate-data: eA==", "User: u")]
    [InlineData("tokenFile: missing", "missing cannot be read")]
    public void A_user_that_cannot_be_used_is_named(string user, string words) =>
        Should
            .Throw<KubeConfigException>(() => KubeConfig.FromFile(Write("bad", Simple(user))))
            .Message.ShouldContain(words);

    [Theory]
    [InlineData("client-certificate-data: '%%'\n    client-key-data: eA==")]
    [InlineData("client-certificate-data: eA==\n    client-key-data: eA==")]
    [InlineData("client-certificate: missing.pem\n    client-key: missing.pem")]
    public void A_client_certificate_that_cannot_be_read_is_told_when_the_client_is_made(
        string user
    ) =>
        Should
            .Throw<KubeConfigException>(() =>
                new KubernetesClient(KubeConfig.FromFile(Write("bad", Simple(user))))
            )
            .Message.ShouldContain("client-certificate and client-key cannot be read");

    [Fact]
    public void A_missing_file_is_named() =>
        Should
            .Throw<KubeConfigException>(() => KubeConfig.FromFile($"{_home}/none"))
            .Message.ShouldContain($"{_home}/none");

    [Fact]
    public async Task A_token_file_is_read_again_after_a_minute_and_at_once_when_its_token_is_refused()
    {
        var time = new FakeTime();
        var path = Write("token", "one");
        var token = new FileToken(path, time);
        (await Text(token)).ShouldBe("one");

        Write("token", "two");
        (await Text(token)).ShouldBe("one", "not a read per request");
        time.Advance(TimeSpan.FromMinutes(1));
        (await Text(token)).ShouldBe("two");

        (await token.TryRenewAsync("two", default)).ShouldBeFalse("the refused one is still there");
        Write("token", "three");
        (await token.TryRenewAsync("two", default)).ShouldBeTrue();
        (await Text(token)).ShouldBe("three");

        File.Delete(path);
        time.Advance(TimeSpan.FromMinutes(1));
        (await Text(token)).ShouldBe(
            "three",
            "a file that is being exchanged is no reason to fail"
        );
        Should
            .Throw<KubeConfigException>(() => new FileToken(path, time).Read())
            .Message.ShouldContain(path);
    }

    [Fact]
    public async Task A_plugin_is_run_again_when_its_token_expires_or_is_refused()
    {
        Write("expires", "2000-01-01T00:00:00Z");
        var config = KubeConfig.FromFile(Write("config", Simple(Plugin())));
        var first = await Text(config.TokenProvider);
        var second = await Text(config.TokenProvider);
        second.ShouldNotBe(first, "the first one has expired");

        Write("expires", "2100-01-01T00:00:00Z");
        var third = await Text(config.TokenProvider);
        (await Text(config.TokenProvider)).ShouldBe(third, "it is good for long");
        (
            await ((IRenewableToken)config.TokenProvider).TryRenewAsync(third, default)
        ).ShouldBeTrue();
        var fourth = await Text(config.TokenProvider);
        fourth.ShouldNotBe(third);
        (
            await ((IRenewableToken)config.TokenProvider).TryRenewAsync(third, default)
        ).ShouldBeTrue();
        (await Text(config.TokenProvider)).ShouldBe(fourth, "another request brought it already");
    }

    /// <summary>A credential plugin whose token shows how often it ran; it expires at what the file beside it says.</summary>
    private string Plugin()
    {
        var script = Write(
            "plugin",
            $$$"""
            #!/bin/sh
            cd '{{{_home}}}'
            echo x >>runs
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"run-%s","expirationTimestamp":"%s"}}' "$(wc -l <runs)" "$(cat expires)"
            """
        );
        return $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ['{script}']}}";
    }

    private static async Task<string> Text(k8s.Authentication.ITokenProvider token) =>
        (await token.GetAuthenticationHeaderAsync(default)).Parameter!;

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
