using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>What is said beside messages: receipts, presence, the block list, who is on WhatsApp.</summary>
internal sealed class AccountCommands(WhatsAppDevice client)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["read"] = async (a, ct) =>
        {
            var ids = a.OptionalText("id") is { } one ? [one] : a.Texts("ids");
            await client.MarkReadAsync(
                a.Chat("chat"),
                a.OptionalAddress("participant"),
                ids,
                a.Flag("played"),
                a.Flag("onlyOwn"),
                ct
            );
            return [];
        };
        commands["name"] = async (a, ct) =>
        {
            await client.SetProfileNameAsync(a.Text("name"), ct);
            await client.SetPresenceAsync(true, ct);
            return [];
        };
        commands["presence"] = PresenceAsync;
        commands["subscribe"] = async (a, ct) =>
        {
            await client.SubscribePresenceAsync(a.Address("to"), ct);
            return [];
        };
        commands["exists"] = async (a, ct) =>
        {
            var numbers = a.OptionalText("number") is { } one ? [one] : a.Texts("numbers");
            var found = await client.OnWhatsAppAsync(numbers, ct);
            return new()
            {
                ["found"] = new JsonArray([
                    .. found.Select(n =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["number"] = n.Number,
                                ["exists"] = n.Exists,
                                ["jid"] = n.Jid?.ToString(),
                                ["lid"] = n.Lid?.ToString(),
                            }
                    ),
                ]),
            };
        };
        commands["block"] = async (a, ct) =>
        {
            await client.SetBlockedAsync(
                a.Address("jid"),
                a.OptionalText("action") != "unblock",
                ct
            );
            return [];
        };
        commands["blocklist"] = async (_, ct) =>
            new()
            {
                ["blocked"] = new JsonArray([
                    .. (await client.GetBlockedAsync(ct)).Select(b =>
                        (JsonNode)(b.Lid ?? b.Phone).ToString()!
                    ),
                ]),
            };
    }

    private async Task<JsonObject> PresenceAsync(Arguments a, CancellationToken ct)
    {
        var type = a.Text("type");
        switch (type)
        {
            case "available" or "unavailable":
                await client.SetPresenceAsync(type == "available", ct);
                break;
            case "composing" or "recording" or "paused":
                var state = type switch
                {
                    "composing" => ChatState.Composing,
                    "recording" => ChatState.Recording,
                    _ => ChatState.Paused,
                };
                await client.SendChatStateAsync(a.Address("to"), state, ct);
                break;
            default:
                throw new FormatException(
                    "'type' is none of available, unavailable, composing, recording, paused."
                );
        }
        return [];
    }
}
