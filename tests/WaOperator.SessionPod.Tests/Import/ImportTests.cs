using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.SessionPod.Import;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Import;

/// <summary>A stopped session takes over the device of a Baileys folder, or nothing of it.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("import-");
    private PodWorld _world = null!;
    private TestSession _session = null!;

    public async Task InitializeAsync()
    {
        _world = await PodWorld.StartAsync();
        _session = await _world.SessionAsync(0);
        await _session.PlaceAsync(null);
        await LinkElsewhereAsync();
        await _session.WantAsync(row => row with { Desired = DesiredState.Stopped });
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_session_connects_without_another_scan()
    {
        var (code, said) = await ImportAsync();
        code.ShouldBe(0, said);
        (await _session.KeysAsync()).ShouldBePositive();

        await _session.WantAsync(row => row with { Desired = DesiredState.Active });
        await _session.PlaceAsync(0);
        await _world.PodAsync(0, "pod-a");
        await _session.PhaseAsync(SessionPhase.Connected);
        (await _session.CodeAsync()).ShouldBeNull();
        (await _world.GetAsync<JsonObject>($"/phones/{_session.Phone}"))["devices"]!
            .AsArray()
            .Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_device_without_a_number_is_reported_and_the_server_decides()
    {
        (await ImportAsync()).Code.ShouldBe(0);
        await _world.RewriteAsync(_session, c => c with { Me = c.Me!.Value.Account });
        var keys = await _session.KeysAsync();
        (await _session.StateAsync())?.Jid.ShouldBeNull(
            "only the credentials say which device it is"
        );

        await _session.WantAsync(row => row with { Desired = DesiredState.Active });
        await _session.PlaceAsync(0);
        await _world.PodAsync(0, "pod-a");

        // The simulator refuses it as one that the phone has unlinked.
        var state = await _session.PhaseAsync(SessionPhase.LoggedOut);
        (state.Suspect, state.SuspectDetail).ShouldBe(("DeviceIdMissing", ""));
        (
            await _world.SqlAsync(
                $"select count(*) from wa.session_key_archive where session_id = {_session.Id} and name = ''"
            )
        ).ShouldBe((long)keys);
    }

    [Fact]
    public async Task An_imported_device_with_a_high_number_is_reported_and_connects()
    {
        await _world.Desired.PutPoolAsync(
            new(PodWorld.Pool, "ns", "default", PodWorld.Quick with { SuspectDeviceIdAbove = 1 })
        );
        for (var i = 0; i < 2; i++)
            await LinkElsewhereAsync();
        (await ImportAsync()).Code.ShouldBe(0);
        await _session.WantAsync(row => row with { Desired = DesiredState.Active });
        await _session.PlaceAsync(0);
        await _world.PodAsync(0, "pod-a");

        var state = await _session.PhaseAsync(SessionPhase.Connected);
        (state.Suspect, state.Jid).ShouldBe(("DeviceIdHigh", null));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        var (code, said) = await ImportAsync("--dry-run");
        code.ShouldBe(0, said);
        await NothingWasWrittenAsync();
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_nothing_is_written()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "pre-key-3.json"),
            "{\"private\":"
        );
        var (code, said) = await ImportAsync();
        code.ShouldBe(1);
        said.ShouldContain("pre-key-3.json");
        await NothingWasWrittenAsync();
    }

    [Fact]
    public async Task The_setting_of_a_pod_is_refused()
    {
        var (code, said) = await ImportAsync(user: "wa_pod");
        code.ShouldBe(1);
        said.ShouldContain("it must be the operator's; nothing was imported");
    }

    [Fact]
    public async Task A_session_that_runs_is_refused()
    {
        await _session.WantAsync(row => row with { Desired = DesiredState.Active });
        var (code, said) = await ImportAsync();
        code.ShouldBe(1);
        said.ShouldContain("not stopped");
        await NothingWasWrittenAsync();
    }

    [Fact]
    public async Task A_session_with_a_device_is_refused()
    {
        (await ImportAsync()).Code.ShouldBe(0);
        var keys = await _session.KeysAsync();
        var (code, said) = await ImportAsync();
        code.ShouldBe(1);
        said.ShouldContain("has a device already");
        (await _session.KeysAsync()).ShouldBe(keys);
    }

    [Fact]
    public async Task Another_phone_than_declared_is_refused()
    {
        var other = await _world.SessionAsync(0);
        await other.PlaceAsync(null);
        await other.WantAsync(row => row with { Desired = DesiredState.Stopped });
        var (code, said) = await ImportAsync(session: other);
        code.ShouldBe(1);
        said.ShouldContain("declares the phone");
        // Numbers are masked.
        said.ShouldNotContain(_session.Phone);
        (await other.KeysAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("--session")]
    [InlineData("--session", "no-slash")]
    [InlineData("--what")]
    public void A_wrong_command_line_is_none(params string[] rest) =>
        ImportArguments.Parse(["folder", .. rest]).ShouldBeNull();

    private async Task NothingWasWrittenAsync()
    {
        (await _session.KeysAsync()).ShouldBe(0);
        (await _world.SqlAsync("select count(*) from wa.session_record")).ShouldBe(0L);
    }

    private async Task<(int Code, string Said)> ImportAsync(
        string? option = null,
        TestSession? session = null,
        string user = "postgres"
    )
    {
        var options = _world.Options(0, "import");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["WA:Database:ConnectionString"] = options.Database.Replace(
                        "Username=wa_pod",
                        $"Username={user}",
                        StringComparison.Ordinal
                    ),
                    ["WA:MasterKey:File"] = options.MasterKeyFile,
                }
            )
            .Build();
        using var said = new StringWriter();
        string[] rest = option is null ? [] : [option];
        var code = await ImportCommand.RunAsync(
            [_folder.FullName, "--session", $"ns/{(session ?? _session).Name}", .. rest],
            configuration,
            said,
            said
        );
        return (code, said.ToString());
    }

    /// <summary>Links a device to the session's phone with the library and leaves it as a folder of Baileys.</summary>
    private async Task LinkElsewhereAsync()
    {
        using var runtime = new WhatsAppRuntime(
            new() { Url = _world.Simulator.Url, RootKey = _world.Simulator.Server.RootPublic }
        );
        var store = new MemoryMessageStore();
        var client = new WhatsAppDevice(
            runtime,
            new() { FirstPreKeys = 10 },
            store,
            OpenGate.Instance
        );
        await client.RunAsync(
            async e =>
            {
                if (e is QrCode qr)
                {
                    using var answer = await _world.PostAsync(
                        $"/phones/{_session.Phone}/scan",
                        new ScanRequest(qr.Code)
                    );
                    answer.EnsureSuccessStatusCode();
                }
            },
            CancellationToken.None
        );
        var connected = new TaskCompletionSource();
        var running = client.RunAsync(
            e =>
            {
                if (e is Connected)
                    connected.SetResult();
                return ValueTask.CompletedTask;
            },
            CancellationToken.None
        );
        await connected.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.CloseAsync();
        await running;
        await BaileysState.WriteAsync(
            _folder.FullName,
            store.Credentials!,
            await store.LoadPreKeysAsync(1, 10, CancellationToken.None)
        );
    }
}
