using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>What only the account's own devices see: how chats are shown, stars, contacts.</summary>
internal sealed class StateCommands(WhatsAppDevice client)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["mute"] = Nothing(
            (a, ct) =>
                client.Chats.MuteAsync(
                    a.Address("chat"),
                    a.Has("until")
                        ? DateTimeOffset.FromUnixTimeMilliseconds((long)a.Number("until"))
                        : null,
                    ct
                )
        );
        commands["archive"] = Nothing(
            (a, ct) => client.Chats.ArchiveAsync(a.Address("chat"), a.Flag("on", true), null, ct)
        );
        commands["pin"] = Nothing(
            (a, ct) => client.Chats.PinAsync(a.Address("chat"), a.Flag("on", true), ct)
        );
        commands["unread"] = Nothing(
            (a, ct) => client.Chats.MarkUnreadAsync(a.Address("chat"), a.Flag("on", true), null, ct)
        );
        commands["clear"] = Nothing(
            (a, ct) => client.Chats.ClearAsync(a.Address("chat"), null, ct)
        );
        commands["delete-chat"] = Nothing(
            (a, ct) => client.Chats.DeleteAsync(a.Address("chat"), null, ct)
        );
        commands["delete-for-me"] = Nothing(
            (a, ct) =>
                client.Chats.DeleteForMeAsync(
                    new(
                        a.Address("chat"),
                        a.Text("id"),
                        a.Flag("fromMe"),
                        a.OptionalAddress("participant")
                    ),
                    null,
                    ct
                )
        );
        commands["own-name"] = Nothing((a, ct) => client.Chats.SetOwnNameAsync(a.Text("name"), ct));
        commands["star"] = Nothing(
            (a, ct) =>
                client.Chats.StarAsync(
                    new(
                        a.Address("chat"),
                        a.Text("id"),
                        a.Flag("fromMe"),
                        a.OptionalAddress("participant")
                    ),
                    a.Flag("on", true),
                    ct
                )
        );
        commands["label"] = Nothing(
            (a, ct) =>
                client.Chats.SetLabelAsync(
                    (int)a.Number("label"),
                    a.Text("name"),
                    a.Has("color") ? (int)a.Number("color") : 0,
                    ct
                )
        );
        commands["remove-label"] = Nothing(
            (a, ct) => client.Chats.RemoveLabelAsync((int)a.Number("label"), ct)
        );
        commands["label-chat"] = Nothing(
            (a, ct) =>
                client.Chats.LabelChatAsync(
                    (int)a.Number("label"),
                    a.Address("chat"),
                    a.Flag("on", true),
                    ct
                )
        );
        commands["label-message"] = Nothing(
            (a, ct) =>
                client.Chats.LabelMessageAsync(
                    (int)a.Number("label"),
                    new(a.Address("chat"), a.Text("id"), a.Flag("fromMe"), null),
                    a.Flag("on", true),
                    ct
                )
        );
        commands["quick-reply"] = Nothing(
            (a, ct) =>
                client.Chats.SetQuickReplyAsync(
                    a.Text("reply"),
                    a.Text("shortcut"),
                    a.Text("text"),
                    ct
                )
        );
        commands["remove-quick-reply"] = Nothing(
            (a, ct) => client.Chats.RemoveQuickReplyAsync(a.Text("reply"), ct)
        );
        commands["save-contact"] = Nothing(
            (a, ct) =>
                client.Chats.SetContactAsync(
                    a.Address("jid"),
                    a.Text("name"),
                    a.OptionalText("firstName"),
                    ct
                )
        );
        commands["remove-contact"] = Nothing(
            (a, ct) => client.Chats.RemoveContactAsync(a.Address("jid"), ct)
        );
    }

    private static Command Nothing(Func<Arguments, CancellationToken, Task> run) =>
        async (a, ct) =>
        {
            await run(a, ct);
            return new JsonObject();
        };
}
