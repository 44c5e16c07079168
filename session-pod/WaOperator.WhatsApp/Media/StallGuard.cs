using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Media;

/// <summary>Cancels what makes no progress for some time.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _link;

    public StallGuard(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _limit = limit;
        _caller = caller;
        _source = new(limit, time);
        _link = caller.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(),
            _source
        );
    }

    public CancellationToken Token => _source.Token;

    public void Progress() => _source.CancelAfter(_limit);

    /// <summary>True for what another host, or a second try, may fix; false for the caller's own cancellation and for defects.</summary>
    public bool IsHostsFault(Exception e) =>
        e switch
        {
            OperationCanceledException => !_caller.IsCancellationRequested,
            HttpRequestException or IOException => true,
            _ => false,
        };

    /// <summary>What such a failure is called.</summary>
    public string Explain(Exception e) =>
        e is OperationCanceledException
            ? $"no progress for {_limit.TotalSeconds:0} s"
            : ErrorText.Of(e);

    public void Dispose()
    {
        _link.Dispose();
        _source.Dispose();
    }
}
