using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// How transfers deal with hosts that fail: one pipeline for all transfers of a process, and a circuit for each host. Why
/// so: docs/adr/0003-polly-for-media-hosts.md.
/// </summary>
internal sealed class MediaResilience(TimeProvider time, MediaOptions options)
{
    /// <summary>Tries of one transfer, whatever they come to.</summary>
    public const int MaxTries = 20;

    /// <summary>Failures within <see cref="CircuitWindow"/> after which a host is left alone.</summary>
    public const int CircuitFailures = 8;

    /// <summary>The first pause; each is about twice the one before, up to <see cref="LongestPause"/>.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan CircuitWindow = TimeSpan.FromSeconds(30);

    /// <summary>How long a host is left alone; then one request tries it.</summary>
    public static readonly TimeSpan CircuitBreak = TimeSpan.FromSeconds(15);

    private readonly ResiliencePipeline<Decision> _transfers =
        new ResiliencePipelineBuilder<Decision> { TimeProvider = time }
            .AddTimeout(options.TransferTimeout)
            .AddRetry(
                new RetryStrategyOptions<Decision>
                {
                    ShouldHandle = static e =>
                        ValueTask.FromResult(e.Outcome.Result.Next is not Next.End),
                    MaxRetryAttempts = MaxTries - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = FirstPause,
                    MaxDelay = LongestPause,
                    // Null is the pause by the rule above.
                    DelayGenerator = static e =>
                        ValueTask.FromResult(
                            e.Outcome.Result switch
                            {
                                { Next: Next.AtOnce } => TimeSpan.Zero,
                                { RetryAfter: { } asked } => Least(asked, LongestPause),
                                _ => (TimeSpan?)null,
                            }
                        ),
                }
            )
            .Build();

    /// <summary>Runs a transfer's tries until one of them decides to end.</summary>
    /// <exception cref="MediaException">The whole took longer than the options allow.</exception>
    public async Task RunAsync(
        Func<CancellationToken, ValueTask<Decision>> next,
        CancellationToken ct
    )
    {
        try
        {
            await _transfers.ExecuteAsync(static (state, token) => state(token), next, ct);
        }
        catch (TimeoutRejectedException e)
        {
            throw new MediaException(
                $"The transfer took longer than {options.TransferTimeout.TotalSeconds:0} s, which is the limit.",
                e
            );
        }
    }

    /// <summary>A circuit for one host. Only what no file and no address can cause opens it: tenants share it.</summary>
    public ResiliencePipeline<HostTry> Circuit() =>
        new ResiliencePipelineBuilder<HostTry> { TimeProvider = time }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<HostTry>
                {
                    ShouldHandle = static e =>
                        ValueTask.FromResult(e.Outcome.Result.Outcome is HostOutcome.Unreachable),
                    FailureRatio = 0.5,
                    MinimumThroughput = CircuitFailures,
                    SamplingDuration = CircuitWindow,
                    BreakDuration = CircuitBreak,
                }
            )
            .Build();

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
