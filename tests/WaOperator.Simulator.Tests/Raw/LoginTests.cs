using System.Net.WebSockets;
using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>Who may log in, who replaces whom, and what is seen of it.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    private readonly RawDevice _device = new();
    private Simulation _simulation = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await _device.PairAsync(_simulation);
    }

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task An_unknown_Noise_key_is_refused_with_401()
    {
        await using var client = await RawClient.ConnectAsync(
            _simulation.Host.Url,
            new RawDevice(),
            _device.Login()
        );
        (await client.WaitAsync("failure"))["reason"].ShouldBe("401");
        (await client.IsEndedAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Another_number_or_device_than_the_keys_is_refused_with_401()
    {
        var payload = _device.Login();
        payload.Device++;
        await using var client = await RawClient.ConnectAsync(
            _simulation.Host.Url,
            _device,
            payload
        );
        (await client.WaitAsync("failure"))["reason"].ShouldBe("401");
    }

    [Fact]
    public async Task A_newer_login_replaces_the_older_and_late_frames_of_the_older_are_seen()
    {
        await using var older = await _device.LoginAsync(_simulation);
        await older.ActivateAsync();
        await using var newer = await _device.LoginAsync(_simulation);
        (await older.WaitAsync("stream:error")).Child("conflict")!["type"].ShouldBe("replaced");

        // Keepalive is no act; a presence is one.
        await older.SendAsync(Ping());
        await older.SendAsync(new("presence") { ["type"] = "available", ["name"] = "Late" });
        await Eventually.True(
            "the late frame is counted",
            async () => (int)(await SessionAsync())["lateFrames"]! == 1
        );

        (await newer.AskAsync("get", "w:p", new BinaryNode("ping")))["type"].ShouldBe("result");
        var session = await SessionAsync();
        ((int)session["replaced"]!["live"]!).ShouldBe(1);
        ((int)session["lateFrames"]!).ShouldBe(1);
        (await _simulation.EventsAsync("lateFrame")).Single()["data"]!["tag"]!
            .GetValue<string>()
            .ShouldBe("presence");
    }

    [Fact]
    public async Task A_connection_that_only_kept_itself_alive_counts_as_silent_when_replaced()
    {
        await using var quick = await Simulation.StartAsync(
            Simulation.Options with
            {
                LiveWithin = TimeSpan.Zero,
            }
        );
        var device = new RawDevice();
        await device.PairAsync(quick);
        await using var older = await device.LoginAsync(quick);
        await older.AskAsync("get", "w:p", new BinaryNode("ping"));
        await using var newer = await device.LoginAsync(quick);

        (await quick.SessionAsync(RawDevice.Number))["replaced"]!
            .ToJsonString()
            .ShouldBe("""{"live":0,"silent":1,"dead":0}""");
    }

    [Fact]
    public async Task A_replaced_connection_is_cut_when_its_time_is_over()
    {
        await using var quick = await Simulation.StartAsync(
            Simulation.Options with
            {
                Linger = TimeSpan.FromMilliseconds(1),
            }
        );
        var device = new RawDevice();
        await device.PairAsync(quick);
        await using var older = await device.LoginAsync(quick);
        await using var newer = await device.LoginAsync(quick);

        (await older.IsEndedAsync()).ShouldBeTrue();
        ((bool)(await quick.SessionAsync(RawDevice.Number))["connected"]!).ShouldBeTrue();
    }

    [Fact]
    public async Task A_connection_without_any_frame_is_cut_as_idle()
    {
        await using var quick = await Simulation.StartAsync(
            Simulation.Options with
            {
                IdleTimeout = TimeSpan.FromSeconds(3),
            }
        );
        var device = new RawDevice();
        await device.PairAsync(quick);
        await using var client = await device.LoginAsync(quick);

        (await client.IsEndedAsync()).ShouldBeTrue();
        ((string)(await quick.SessionAsync(RawDevice.Number))["lostBy"]!).ShouldBe("idle");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(403)]
    public async Task Logins_are_refused_as_often_as_ordered(int reason)
    {
        await _simulation.PostedAsync(
            "/faults/refuse",
            new
            {
                number = RawDevice.Number,
                reason,
                count = 1,
            }
        );
        await using (
            var refused = await RawClient.ConnectAsync(
                _simulation.Host.Url,
                _device,
                _device.Login()
            )
        )
            (await refused.WaitAsync("failure"))["reason"].ShouldBe($"{reason}");
        await using var accepted = await _device.LoginAsync(_simulation);
    }

    [Fact]
    public async Task Logins_are_refused_by_HTTP_until_the_faults_are_taken_back()
    {
        await _simulation.PostedAsync("/faults/refuse", new { reason = 503, form = "http" });
        await Should.ThrowAsync<WebSocketException>(() =>
            RawClient.ConnectAsync(_simulation.Host.Url, _device, _device.Login())
        );
        using (await _simulation.DeleteAsync("/faults")) { }
        await using var accepted = await _device.LoginAsync(_simulation);
    }

    [Theory]
    [InlineData("clean")]
    [InlineData("abrupt")]
    [InlineData("stream-error")]
    public async Task Dropped_connections_end_and_the_time_away_is_measured_to_the_next_success(
        string how
    )
    {
        await using (var client = await _device.LoginAsync(_simulation))
        {
            (
                (int)(await _simulation.PostedAsync("/faults/drop", new { how }))["dropped"]!
            ).ShouldBe(1);
            (await client.IsEndedAsync()).ShouldBeTrue();
        }
        var away = await SessionAsync();
        ((bool)away["connected"]!).ShouldBeFalse();
        ((double)away["awayNowMs"]!).ShouldBeGreaterThan(0);

        await using var again = await _device.LoginAsync(_simulation);
        var gap = (await SessionAsync())["gaps"]!.AsArray().Single()!;
        ((string)gap["how"]!).ShouldBe("dropped");
        ((double)gap["awayMs"]!).ShouldBe((double)gap["sinceLossMs"]!);
        ((double)gap["awayMs"]!).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_frozen_connection_says_nothing_and_the_time_away_counts_from_the_mark()
    {
        await using var frozen = await _device.LoginAsync(_simulation);
        await _simulation.PostedAsync("/mark", new { label = "power cut" });
        await _simulation.PostedAsync("/faults/drop", new { how = "freeze" });
        await using var newer = await _device.LoginAsync(_simulation);

        var session = await SessionAsync();
        var gap = session["gaps"]!.AsArray().Single()!;
        ((string)gap["how"]!).ShouldBe("replaced");
        ((string)gap["markLabel"]!).ShouldBe("power cut");
        ((double)gap["sinceLossMs"]!).ShouldBeLessThanOrEqualTo((double)gap["awayMs"]!);
        ((double)gap["awayMs"]!).ShouldBe((double)gap["sinceMarkMs"]!);
    }

    [Fact]
    public async Task Every_login_is_counted_in_its_second()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var client = await _device.LoginAsync(_simulation);
            await client.CloseAsync();
        }
        var stats = await _simulation.GetAsync("/stats");
        ((int)stats["logins"]!).ShouldBe(3);
        stats["loginsPerSecond"]!.AsObject().Sum(s => (int)s.Value!).ShouldBe(3);
        stats["replaced"]!.ToJsonString().ShouldBe("""{"live":0,"silent":0,"dead":0}""");
        await Eventually.True(
            "the closes were seen",
            async () => (int)(await _simulation.GetAsync("/stats"))["connected"]! == 0
        );
        ((string)(await SessionAsync())["lostBy"]!).ShouldBe("closed-by-client");
    }

    [Fact]
    public async Task Bytes_that_do_not_decrypt_end_only_their_connection()
    {
        await using var client = await _device.LoginAsync(_simulation);
        await client.SendBytesAsync(
            new byte[]
            {
                0,
                0,
                20,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                9,
                10,
                11,
                12,
                13,
                14,
                15,
                16,
                17,
                18,
                19,
                20,
            }
        );
        (await client.IsEndedAsync()).ShouldBeTrue();
        (await _simulation.EventsAsync("protocolError")).Count.ShouldBe(1);
        await using var again = await _device.LoginAsync(_simulation);
    }

    private Task<JsonNode> SessionAsync() => _simulation.SessionAsync(RawDevice.Number);

    private static BinaryNode Ping() =>
        new("iq")
        {
            ["to"] = Jid.ServerItself.ToString(),
            ["type"] = "get",
            ["xmlns"] = "w:p",
            ["id"] = "ping",
            Children = [new("ping")],
        };
}
