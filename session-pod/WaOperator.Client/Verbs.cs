using WaOperator.WhatsApp;

namespace WaOperator.Client;

/// <summary>What a verb works with.</summary>
/// <param name="Runtime">The shared runtime.</param>
/// <param name="Device">The device's options.</param>
/// <param name="Store">The state directory.</param>
/// <param name="Lines">The output.</param>
/// <param name="For">connect: how long; infinite for ever.</param>
/// <param name="Once">connect: no second connection.</param>
internal sealed record VerbContext(
    WhatsAppRuntime Runtime,
    DeviceOptions Device,
    FileDeviceStore Store,
    JsonLines Lines,
    TimeSpan For,
    bool Once
);

/// <summary>The verbs. Each returns an exit code.</summary>
internal static class Verbs
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(60);

    /// <summary>Links a device, and logs in once so that the phone sees it arrive.</summary>
    public static async Task<int> PairAsync(VerbContext context, CancellationToken ct)
    {
        if ((await context.Store.LoadAsync(ct))?.IsPaired == true)
        {
            context.Lines.Error(
                "AlreadyPaired",
                null,
                "The state directory holds a paired device.",
                "Use connect, or logout first."
            );
            return Cli.Failed;
        }
        var connection = new Connection(context);
        var end = await connection.RunAsync(closeWhenConnected: false, ct);
        if (end.Kind == DisconnectKind.RestartRequired)
            end = await connection.RunAsync(closeWhenConnected: true, ct);
        return Finish(context, "pair", end, connection.WasConnected);
    }

    /// <summary>Stays connected.</summary>
    public static async Task<int> ConnectAsync(VerbContext context, CancellationToken ct)
    {
        if (!await IsPairedAsync(context, ct))
            return Cli.Failed;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (context.For != Timeout.InfiniteTimeSpan)
            stop.CancelAfter(context.For);
        var connection = new Connection(context);
        var backoff = FirstBackoff;
        while (true)
        {
            connection.IsConnected = false;
            var end = await connection.RunAsync(closeWhenConnected: false, stop.Token);
            if (
                stop.IsCancellationRequested
                || context.Once
                || !connection.WasConnected
                || !IsPassing(end.Kind)
            )
                return Finish(
                    context,
                    "connect",
                    end,
                    connection.WasConnected && end.Kind == DisconnectKind.LocalClose
                );
            backoff = connection.IsConnected ? FirstBackoff : Shorter(backoff * 2, LongestBackoff);
            var wait =
                end.Kind == DisconnectKind.RestartRequired
                    ? TimeSpan.Zero
                    : backoff * (0.5 + Random.Shared.NextDouble() / 2);
            context.Lines.Write("reconnecting", ("inSeconds", Math.Round(wait.TotalSeconds, 1)));
            await Task.Delay(wait, stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes the device off the account.</summary>
    public static async Task<int> LogoutAsync(VerbContext context, CancellationToken ct)
    {
        if (!await IsPairedAsync(context, ct))
            return Cli.Failed;
        var connection = new Connection(context) { UnlinkWhenLoggedIn = true };
        var end = await connection.RunAsync(closeWhenConnected: false, ct);
        // A device that the account no longer has needs no unlinking.
        var gone = end.Kind == DisconnectKind.LoggedOut;
        if (gone)
            context.Store.Clear();
        return Finish(context, "logout", end, gone);
    }

    private static async Task<bool> IsPairedAsync(VerbContext context, CancellationToken ct)
    {
        if ((await context.Store.LoadAsync(ct))?.IsPaired == true)
            return true;
        context.Lines.Error(
            "NotPaired",
            null,
            "The state directory holds no paired device.",
            "Run pair first."
        );
        return false;
    }

    private static int Finish(VerbContext context, string verb, Disconnect end, bool succeeded)
    {
        if (succeeded)
        {
            context.Lines.Write("done", ("verb", verb));
            return Cli.Done;
        }
        context.Lines.Error(end.Kind.ToString(), end.Code, end.Message, Hints.For(end.Kind));
        return Cli.Failed;
    }

    private static bool IsPassing(DisconnectKind kind) =>
        kind
            is DisconnectKind.ConnectionLost
                or DisconnectKind.ConnectFailed
                or DisconnectKind.StreamEnd
                or DisconnectKind.ServerError
                or DisconnectKind.RestartRequired
                or DisconnectKind.Timeout;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
