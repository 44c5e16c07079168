using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Client.Commands;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>
/// Stays connected, connecting again after ends that pass, and obeys commands meanwhile. <c>end</c> keeps it away until
/// <c>connect</c>.
/// </summary>
internal sealed class Listener(VerbContext context, Connection connection)
{
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _unlinkTold = New();
    private TaskCompletionSource _wanted = Completed();
    private TaskCompletionSource _away = Completed();

    /// <summary>Whether a command asked to take the device off the account.</summary>
    public bool Unlinking { get; private set; }

    /// <summary>Runs until cancelled or until an end that lasts.</summary>
    public async Task<Disconnect> RunAsync(CancellationToken ct)
    {
        connection.ConnectsAgain = end => !context.Once && !IsLasting(end);
        connection.OnReconnecting = wait =>
            context.Lines.Write("reconnecting", ("inSeconds", Math.Round(wait.TotalSeconds, 1)));
        while (true)
        {
            await _wanted.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested)
                return new(DisconnectKind.LocalClose, null, "Closed by us.");
            _away = New();
            var end = await connection.RunAsync(ct);
            _away.TrySetResult();
            if (!ct.IsCancellationRequested && connection.ConnectsAgain(end))
                continue;
            // The end comes with the answer to a logout: who asked for it is told before the program ends.
            if (Unlinking)
                await _unlinkTold
                    .Task.WaitAsync(TellLimit, CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return end;
        }
    }

    /// <summary>Obeys the commands of a reader, each a line of JSON; they may overlap. Returns at its end.</summary>
    public async Task ObeyAsync(TextReader reader, CancellationToken ct)
    {
        var running = new List<Task>();
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            if (line.Trim().Length == 0)
                continue;
            running.RemoveAll(task => task.IsCompleted);
            running.Add(ObeyAsync(line, ct));
        }
        await Task.WhenAll(running);
    }

    private async Task ObeyAsync(string line, CancellationToken ct)
    {
        JsonObject? command = null;
        var name = "";
        try
        {
            command =
                JsonNode.Parse(line) as JsonObject
                ?? throw new FormatException("A command is a JSON object.");
            name = new Arguments(command).Text("cmd");
            var result = await RunAsync(name, command, ct);
            context.Lines.Write(
                "done",
                [
                    ("ref", command["ref"]),
                    ("cmd", name),
                    .. result.Select(field => (field.Key, (object?)field.Value)),
                ]
            );
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            context.Lines.Write(
                "error",
                ("ref", command?["ref"]),
                ("cmd", name),
                ("kind", "Command"),
                ("code", CodeOf(e)),
                ("message", e.Message)
            );
        }
        finally
        {
            if (name == "logout")
                _unlinkTold.TrySetResult();
        }
    }

    private async Task<JsonObject> RunAsync(string name, JsonObject command, CancellationToken ct)
    {
        switch (name)
        {
            case "connect":
                _wanted.TrySetResult();
                await connection.Ready.WaitAsync(ct);
                return [];
            case "end":
                await EndAsync();
                return [];
            case "forget":
                await EndAsync();
                var lost = await ForgetAsync(new Arguments(command).Texts("users"), ct);
                _wanted.TrySetResult();
                await connection.Ready.WaitAsync(ct);
                return new() { ["lost"] = lost };
            case "logout":
                Unlinking = true;
                await connection.UnlinkAsync();
                return [];
            default:
                if (!_wanted.Task.IsCompleted)
                    throw new CommandException("There is no connection; use connect.");
                await connection.Ready.WaitAsync(ct);
                return await connection.Commands.RunAsync(name, command, ct);
        }
    }

    private async Task EndAsync()
    {
        _wanted = New();
        await connection.CloseAsync();
        await _away.Task;
    }

    /// <summary>Loses the Signal sessions with accounts, as a restored backup does: the next messages repair them.</summary>
    private async Task<int> ForgetAsync(IReadOnlyList<string> users, CancellationToken ct)
    {
        var messages = context.Store.Messages;
        var lost = messages
            .Names(RecordKinds.Session)
            .Where(key => users.Contains(key.Id.Split('@', ':')[0], StringComparer.Ordinal))
            .Select(key => new RecordWrite(key, null))
            .ToList();
        await messages.CommitAsync(new() { Records = lost }, ct);
        return lost.Count;
    }

    private bool IsLasting(Disconnect end) =>
        end.Kind
            is not (
                DisconnectKind.ConnectionLost
                or DisconnectKind.ConnectFailed
                or DisconnectKind.ProxyUnreachable
                or DisconnectKind.ProxyRefused
                or DisconnectKind.StreamEnd
                or DisconnectKind.ServerError
                or DisconnectKind.RestartRequired
                or DisconnectKind.Timeout
                or DisconnectKind.LocalClose
            )
        || !connection.WasConnected;

    private static int? CodeOf(Exception e) =>
        e switch
        {
            CommandException command => command.Code,
            QueryRefusedException refused => refused.Code,
            _ => null,
        };

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Completed()
    {
        var completed = New();
        completed.SetResult();
        return completed;
    }
}
