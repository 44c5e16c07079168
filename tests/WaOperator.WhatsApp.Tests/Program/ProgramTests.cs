using System.Text.Json;
using WaOperator.Client;
using WaOperator.Testing;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>The client program, run as a command line against a server on a loopback port.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("wa-client-").FullName;

    [Fact]
    public async Task Pair_connect_and_logout_print_what_happens_and_keep_the_keys_private()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow())
        {
            Greet = Greetings.OfferAsync,
        };
        await using var listener = new WebSocketListener(server);
        using var output = new StringWriter();
        server.Answer = Greetings.Answer;
        var pairing = RunAsync(output, server, listener, default, "pair", "--prekeys", "20");
        var qr = await Eventually.Get(
            "the QR code's line",
            () => Task.FromResult(Lines(output).FirstOrDefault(line => Event(line) == "qr"))
        );
        server.Greet = Greetings.LoginAsync;
        var fields = qr.RootElement.GetProperty("fields").GetString()!;
        await server.Last.SendAsync(
            new FakePhone("4915112345678").Scan(new QrCode("", fields, TimeSpan.Zero, 1, 6))
        );
        await Eventually.True(
            "the signature",
            () => server.Last.Received.Any(node => node.Child("pair-device-sign") is not null)
        );
        await server.Last.SendAsync(new("stream:error") { ["code"] = "515" });
        (await pairing).ShouldBe(0);
        Lines(output)
            .Select(Event)
            .ShouldBe([
                "qr",
                "paired",
                "disconnected",
                "loggedIn",
                "connected",
                "disconnected",
                "done",
            ]);

        foreach (var file in Directory.EnumerateFiles(_state))
            File.GetUnixFileMode(file)
                .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        Directory.EnumerateFiles(_state, "*.new").ShouldBeEmpty();

        using var connected = new StringWriter();
        using var stop = new CancellationTokenSource();
        var connection = RunAsync(connected, server, listener, stop.Token, "connect");
        await Eventually.True(
            "the connection",
            () => Lines(connected).Any(line => Event(line) == "connected")
        );
        await stop.CancelAsync();
        (await connection).ShouldBe(0);
        Lines(connected).Select(Event).ShouldBe(["loggedIn", "connected", "disconnected", "done"]);

        using var again = new StringWriter();
        (await RunAsync(again, server, listener, default, "pair")).ShouldBe(1);
        Last(again).GetProperty("kind").GetString().ShouldBe("AlreadyPaired");

        using var logout = new StringWriter();
        (await RunAsync(logout, server, listener, default, "logout")).ShouldBe(0);
        server.Last.Received.ShouldContain(node => node.Child("remove-companion-device") != null);
        Directory.EnumerateFiles(_state, "*.json").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_goes_wrong_is_one_line_with_a_hint_and_an_exit_code()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        await using var listener = new WebSocketListener(server);
        await FailsAsync(server, listener, 1, "NotPaired", "connect");
        await FailsAsync(server, listener, 2, "Usage", "connect", "--for", "soon");
        await FailsAsync(server, listener, 2, "Usage", "fly");
        await FailsAsync(server, listener, 2, "Usage", "pair", "--phone", "abc");

        using (FileStore.Open(_state))
            await FailsAsync(server, listener, 1, "State", "connect");

        Put(MemoryStore.Paired().Credentials!);
        server.Greet = link => link.SendAsync(new("failure") { ["reason"] = "401" });
        await FailsAsync(server, listener, 1, "LoggedOut", "connect");
        File.WriteAllText(Path.Combine(_state, "credentials.json"), "{}");
        await FailsAsync(server, listener, 1, "State", "connect");
    }

    [Fact]
    public async Task A_time_that_is_over_before_the_connection_is_ready_is_a_failure()
    {
        var late = new TaskCompletionSource();
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow())
        {
            BeforeHello = late.Task.WaitAsync,
        };
        await using var listener = new WebSocketListener(server);
        Put(MemoryStore.Paired().Credentials!);
        await FailsAsync(server, listener, 1, "LocalClose", "connect", "--for", "0.2");
        late.SetResult();
    }

    [Fact]
    public async Task A_connection_that_passes_is_made_again_and_a_lasting_end_is_told()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        await using var listener = new WebSocketListener(server);
        Put(MemoryStore.Paired().Credentials!);
        using var output = new StringWriter();
        var run = RunAsync(output, server, listener, default, "connect", "--prekeys", "20");
        await Eventually.True(
            "the first connection",
            () => Lines(output).Any(line => Event(line) == "connected")
        );
        await server.Last.SendAsync(new("stream:error") { ["code"] = "515" });
        await Eventually.True(
            "the second connection",
            () => Lines(output).Count(line => Event(line) == "connected") == 2
        );
        await server.Last.SendAsync(
            new("stream:error") { Children = [new("conflict") { ["type"] = "replaced" }] }
        );
        (await run).ShouldBe(1);
        Last(output).GetProperty("kind").GetString().ShouldBe("Replaced");
    }

    [Fact]
    public async Task The_directory_keeps_prekeys_by_id()
    {
        using var store = FileStore.Open(_state);
        var credentials = DeviceCredentials.Create();
        PreKey[] first =
        [
            .. Enumerable.Range(1, 20).Select(id => new PreKey((uint)id, KeyPair.Generate())),
        ];
        PreKey[] second =
        [
            .. Enumerable.Range(21, 5).Select(id => new PreKey((uint)id, KeyPair.Generate())),
        ];
        await store.SavePreKeysAsync(new(credentials with { NextPreKeyId = 21 }, first), default);
        await store.SavePreKeysAsync(new(credentials with { NextPreKeyId = 26 }, second), default);
        var found = await store.LoadPreKeysAsync(19, 4, default);
        found.Select(key => key.Id).ShouldBe([19U, 20U, 21U, 22U]);
        found[2].Key.Private.ShouldBe(second[0].Key.Private);
        (await store.LoadAsync(default))!.NextPreKeyId.ShouldBe(26U);
        await store.ClearAsync(default);
        (await store.LoadAsync(default)).ShouldBeNull();
    }

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private void Put(DeviceCredentials credentials) =>
        File.WriteAllBytes(
            Path.Combine(_state, "credentials.json"),
            CredentialsJson.Write(credentials)
        );

    private async Task FailsAsync(
        FakeServer server,
        WebSocketListener listener,
        int code,
        string kind,
        params string[] args
    )
    {
        using var output = new StringWriter();
        (await RunAsync(output, server, listener, default, args)).ShouldBe(code, kind);
        var error = Last(output);
        error.GetProperty("event").GetString().ShouldBe("error");
        error.GetProperty("kind").GetString().ShouldBe(kind);
        error.GetProperty("hint").GetString().ShouldNotBeNullOrEmpty();
    }

    private Task<int> RunAsync(
        StringWriter output,
        FakeServer server,
        WebSocketListener listener,
        CancellationToken ct,
        params string[] args
    ) =>
        Cli.RunAsync(
            [
                .. args,
                "--url",
                listener.Url.ToString(),
                "--root-key",
                Convert.ToHexString(server.Root.Public),
                "--state",
                _state,
            ],
            TextWriter.Synchronized(output),
            ct
        );

    private static List<JsonDocument> Lines(StringWriter output) =>
        [
            .. output
                .ToString()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line)),
        ];

    private static JsonElement Last(StringWriter output) => Lines(output)[^1].RootElement;

    private static string Event(JsonDocument line) =>
        line.RootElement.GetProperty("event").GetString()!;
}
