using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Client;

/// <content>Files.</content>
internal sealed partial class Session
{
    private MediaClient? _media;

    public MediaClient Media =>
        LazyInitializer.EnsureInitialized(ref _media, () => new(this, _runtime));

    /// <summary>Waits for the server's word that the device is logged in.</summary>
    /// <exception cref="OperationCanceledException">The connection ended, or the caller gave up.</exception>
    public async Task AfterLoginAsync(CancellationToken ct)
    {
        if (_router.LoggedIn.IsCompleted)
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, Ended);
        await _router.LoggedIn.WaitAsync(either.Token);
    }
}
