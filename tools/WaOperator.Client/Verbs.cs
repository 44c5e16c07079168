using System.Text.Json.Nodes;
using WaOperator.Client.Commands;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>What a verb works with.</summary>
/// <param name="Runtime">The shared runtime.</param>
/// <param name="Device">The device's options.</param>
/// <param name="Store">The state directory.</param>
/// <param name="Lines">The output.</param>
/// <param name="Input">Where commands come from.</param>
/// <param name="For">connect, listen: how long; infinite for ever. Other verbs: how long to try.</param>
/// <param name="Once">connect, listen: no second connection.</param>
internal sealed record VerbContext(
    WhatsAppRuntime Runtime,
    DeviceOptions Device,
    FileStore Store,
    JsonLines Lines,
    TextReader Input,
    TimeSpan For,
    bool Once
);

/// <summary>The verbs. Each returns an exit code.</summary>
internal static class Verbs
{
    /// <summary>How long a verb with one command waits for its connection and result, unless --for says otherwise.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);

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
        await using var connection = new Connection(context, withMessages: false)
        {
            CloseWhenConnected = true,
            ConnectsAgain = end => end.Kind == DisconnectKind.RestartRequired,
        };
        var end = await connection.RunAsync(ct);
        return Finish(context, "pair", end, connection.WasConnected);
    }

    /// <summary>Stays connected, without taking messages.</summary>
    public static Task<int> ConnectAsync(VerbContext context, CancellationToken ct) =>
        StayAsync(context, "connect", null, ct);

    /// <summary>Stays connected, prints what comes, and obeys commands if told to.</summary>
    /// <param name="context">What it works with.</param>
    /// <param name="since">The last entry of the journal that needs no printing; null: what comes from now on.</param>
    /// <param name="obey">Commands come on the input; its end is the end.</param>
    /// <param name="ct">Ends it politely.</param>
    public static Task<int> ListenAsync(
        VerbContext context,
        long? since,
        bool obey,
        CancellationToken ct
    ) => StayAsync(context, "listen", (since, obey), ct);

    /// <summary>Runs one command on a connection of its own.</summary>
    public static async Task<int> CommandAsync(
        VerbContext context,
        string verb,
        string command,
        JsonObject arguments,
        CancellationToken ct
    )
    {
        if (!await IsPairedAsync(context, ct))
            return Cli.Failed;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(context.For == Timeout.InfiniteTimeSpan ? CommandLimit : context.For);
        await using var connection = new Connection(context, withMessages: true);
        connection.PrintEvents(long.MaxValue);
        var run = connection.RunAsync(limit.Token);
        Exception? failure = null;
        JsonObject result = [];
        try
        {
            if (await Task.WhenAny(connection.Ready, run) == run)
                return Finish(context, verb, await run, succeeded: false);
            result = await connection.Commands.RunAsync(command, arguments, limit.Token);
        }
        catch (Exception e)
        {
            failure = e;
        }
        await connection.CloseAsync();
        await run;
        if (failure is null)
        {
            context.Lines.Write(
                "done",
                [("verb", verb), .. result.Select(field => (field.Key, (object?)field.Value))]
            );
            return Cli.Done;
        }
        context.Lines.Error(
            failure is FormatException or ArgumentException ? "Usage" : "Command",
            (failure as CommandException)?.Code ?? (failure as QueryRefusedException)?.Code,
            limit.IsCancellationRequested && !ct.IsCancellationRequested
                ? "It was not done in time."
                : Cli.Plain(failure),
            "See the message."
        );
        return failure is FormatException or ArgumentException ? Cli.Misused : Cli.Failed;
    }

    /// <summary>Takes the device off the account.</summary>
    public static async Task<int> LogoutAsync(VerbContext context, CancellationToken ct)
    {
        if (!await IsPairedAsync(context, ct))
            return Cli.Failed;
        await using var connection = new Connection(context, withMessages: false)
        {
            UnlinkWhenLoggedIn = true,
        };
        var end = await connection.RunAsync(ct);
        // A device that the account no longer has needs no unlinking.
        var gone = end.Kind == DisconnectKind.LoggedOut;
        if (gone)
            await context.Store.ClearAsync(CancellationToken.None);
        return Finish(context, "logout", end, gone);
    }

    private static async Task<int> StayAsync(
        VerbContext context,
        string verb,
        (long? Since, bool Obey)? listen,
        CancellationToken ct
    )
    {
        if (!await IsPairedAsync(context, ct))
            return Cli.Failed;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (context.For != Timeout.InfiniteTimeSpan)
            stop.CancelAfter(context.For);
        await using var connection = new Connection(context, withMessages: listen is not null);
        var listener = new Listener(context, connection);
        if (listen is { } how)
        {
            connection.PrintEvents(how.Since ?? long.MaxValue);
            if (how.Obey)
                // On a thread of its own: reading the console blocks.
                _ = Task.Run(() => ObeyAsync(listener, context, stop), CancellationToken.None);
        }
        var end = await listener.RunAsync(stop.Token);
        var unlinked = end.Kind == DisconnectKind.LoggedOut && listener.Unlinking;
        if (unlinked)
            await context.Store.ClearAsync(CancellationToken.None);
        return Finish(
            context,
            verb,
            end,
            unlinked || (connection.WasConnected && end.Kind == DisconnectKind.LocalClose)
        );
    }

    /// <summary>The end of the commands is the end of the verb.</summary>
    private static async Task ObeyAsync(
        Listener listener,
        VerbContext context,
        CancellationTokenSource stop
    )
    {
        try
        {
            await listener.ObeyAsync(context.Input, stop.Token);
            await stop.CancelAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The verb has ended for another reason.
        }
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
}
