using System.Text.Json.Nodes;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client.Commands;

/// <summary>Runs a command and gives the fields of its result.</summary>
internal delegate Task<JsonObject> Command(Arguments arguments, CancellationToken ct);

/// <summary>Everything that a connected device can be told to do, by name.</summary>
internal sealed class CommandSet
{
    private readonly Dictionary<string, Command> _commands = new(StringComparer.Ordinal);

    public CommandSet(WhatsAppDevice client, FileStore keys, MessageFile store, TimeProvider time)
    {
        var known = new KnownMessages(store);
        var messages = new MessageCommands(client, known, MeAsync, time);
        messages.AddTo(_commands);
        new PollCommands(store, known, messages, MeAsync, time).AddTo(_commands);
        new MediaCommands(client, known, messages).AddTo(_commands);
        new GroupCommands(client).AddTo(_commands);
        new CommunityCommandSet(client.Groups.Communities).AddTo(_commands);
        new AccountCommands(client).AddTo(_commands);
        new StateCommands(client).AddTo(_commands);
        new ProfileCommandSet(client.Profile).AddTo(_commands);

        async Task<(Jid? Phone, Jid? Lid)> MeAsync(CancellationToken ct)
        {
            var credentials = await keys.LoadAsync(ct);
            return (credentials?.Me, credentials?.Lid);
        }
    }

    /// <summary>The names, in alphabetical order.</summary>
    public IEnumerable<string> Names => _commands.Keys.Order(StringComparer.Ordinal);

    /// <summary>Runs a command.</summary>
    /// <exception cref="FormatException">There is none of that name, or its arguments are wrong.</exception>
    public Task<JsonObject> RunAsync(string name, JsonObject arguments, CancellationToken ct) =>
        _commands.TryGetValue(name, out var run)
            ? run(new(arguments), ct)
            : throw new FormatException(
                $"There is no command '{name}'; there are {string.Join(", ", Names)}."
            );
}
