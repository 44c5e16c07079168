using WaOperator.Testing;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Tests.Media;

/// <summary>What transfers do about hosts that fail.</summary>
public sealed class ResilienceTests : IDisposable
{
    private const string Host = "media.example";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FakeTime _time = new();
    private readonly HttpClient _http = new();
    private readonly MediaResilience _resilience;
    private readonly MediaRoute _route;
    private int _asked;

    public ResilienceTests()
    {
        _resilience = new(_time, new() { TransferTimeout = TimeSpan.FromMinutes(1) });
        _route = new(_http, _resilience);
    }

    public void Dispose() => _route.Dispose();

    [Fact]
    public async Task Another_host_is_tried_at_once_and_a_new_round_after_a_pause()
    {
        var tries = 0;
        var transfer = _resilience.RunAsync(
            _ =>
                ValueTask.FromResult<Decision>(
                    ++tries switch
                    {
                        < 3 => new(Next.AtOnce),
                        3 => new(Next.AfterPause),
                        _ => default,
                    }
                ),
            CancellationToken.None
        );

        tries.ShouldBe(3, "nothing waits before the round is over");
        transfer.IsCompleted.ShouldBeFalse();
        _time.Advance(MediaResilience.LongestPause);
        await transfer.WaitAsync(Limit);
        tries.ShouldBe(4);
    }

    [Fact]
    public async Task A_host_that_asks_for_a_pause_has_it_within_bounds()
    {
        var tries = 0;
        var transfer = _resilience.RunAsync(
            _ =>
                ValueTask.FromResult<Decision>(
                    ++tries < 2 ? new(Next.AfterPause, TimeSpan.FromHours(9)) : default
                ),
            CancellationToken.None
        );

        _time.Advance(MediaResilience.LongestPause - TimeSpan.FromMilliseconds(1));
        tries.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await transfer.WaitAsync(Limit);
        tries.ShouldBe(2);
    }

    [Fact]
    public async Task Tries_are_counted_whatever_they_decide()
    {
        var tries = 0;
        await _resilience.RunAsync(
            _ =>
            {
                tries++;
                return ValueTask.FromResult<Decision>(new(Next.AtOnce));
            },
            CancellationToken.None
        );
        tries.ShouldBe(MediaResilience.MaxTries);
    }

    [Fact]
    public async Task A_transfer_that_trickles_ends_at_its_limit()
    {
        var transfer = _resilience.RunAsync(
            async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
                return default;
            },
            CancellationToken.None
        );
        _time.Advance(TimeSpan.FromMinutes(1));
        (
            await Should.ThrowAsync<MediaException>(() => transfer.WaitAsync(Limit))
        ).Message.ShouldContain("60 s");
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_is_left_alone_for_a_while()
    {
        for (var i = 0; i < MediaResilience.CircuitFailures; i++)
            await AskAsync(HostTry.Unreachable("down"));
        _asked.ShouldBe(MediaResilience.CircuitFailures);

        (await AskAsync(HostTry.Done)).Reason.ShouldNotBeNull().ShouldContain("left alone");
        _asked.ShouldBe(MediaResilience.CircuitFailures, "it is not asked");
        using var proxied = new MediaRoute(new HttpClient(), _resilience);
        (await AskAsync(HostTry.Done, proxied)).ShouldBe(HostTry.Done, "another way is open");
        (await AskAsync(HostTry.Done, host: "other.example")).ShouldBe(HostTry.Done);

        _time.Advance(MediaResilience.CircuitBreak);
        (await AskAsync(HostTry.Done)).ShouldBe(HostTry.Done);
    }

    [Fact]
    public async Task Answers_that_a_strangers_file_can_cause_close_no_host_to_others()
    {
        for (var i = 0; i < 10 * MediaResilience.CircuitFailures; i++)
            await AskAsync(HostTry.Refused("HTTP 500"));
        (await AskAsync(HostTry.Done)).ShouldBe(HostTry.Done);
    }

    private async Task<HostTry> AskAsync(
        HostTry answer,
        MediaRoute? route = null,
        string host = Host
    ) =>
        await (route ?? _route).TryAsync(
            host,
            _ =>
            {
                _asked++;
                return ValueTask.FromResult(answer);
            },
            CancellationToken.None
        );
}
