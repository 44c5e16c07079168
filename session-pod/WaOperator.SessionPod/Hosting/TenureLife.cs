using WaOperator.SessionPod.Lease;

namespace WaOperator.SessionPod.Hosting;

/// <summary>The lease of one tenure, and how what hangs on it ends. In the scope of the tenure.</summary>
internal sealed class TenureLife : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private CancellationTokenSource? _dropped;
    private CancellationTokenSource? _settled;
    private LeaseTenure? _lease;

    /// <summary>The lease.</summary>
    public LeaseTenure Lease => _lease ?? throw new InvalidOperationException("not begun yet");

    /// <summary>Cancelled when every socket must be dropped at once.</summary>
    public CancellationToken Dropped => _dropped!.Token;

    /// <summary>Cancelled when no more sessions are to be claimed.</summary>
    public CancellationToken Settled => _settled!.Token;

    /// <summary>Cancelled when the loops are to end.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Before anything else of the tenure is made.</summary>
    public void Begin(LeaseTenure lease)
    {
        _lease = lease;
        _dropped = CancellationTokenSource.CreateLinkedTokenSource(lease.Refused);
        _settled = CancellationTokenSource.CreateLinkedTokenSource(lease.Ending);
    }

    /// <summary>Ends all that still runs.</summary>
    public async Task EndAsync()
    {
        await _dropped!.CancelAsync();
        await _over.CancelAsync();
        await _settled!.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dropped?.Dispose();
        _settled?.Dispose();
        _over.Dispose();
    }
}
