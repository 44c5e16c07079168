using System.Text.Json.Nodes;

namespace WaOperator.Interop.Rows;

/// <summary>Texts between two accounts, and what refers to them.</summary>
internal static class Texts
{
    /// <summary>A text to a number is read by the other's first device.</summary>
    public static async Task OneToOne(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        const string text = "Grüße, 你好 👋";
        var id = await from.First.TextAsync(to.Jid, text);
        var message = await to.First.MessageAsync(id, "the text");
        Expect.Equal(text, (string?)message["text"], "text");
        Expect.Equal(false, (bool?)message["fromMe"] ?? false, "fromMe");
        Expect.True(from.Is((string?)message["chat"]), "the sender's chat", message["chat"]);
    }

    /// <summary>The other's second device reads it too, and the sender's second device gets a copy in the right chat.</summary>
    public static async Task FanOut(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        var id = await from.First.TextAsync(to.Jid, "For all devices");
        var second = await to.Second.MessageAsync(id, "the text on the second device");
        Expect.Equal("For all devices", (string?)second["text"], "text on the second device");
        Expect.True(from.Is((string?)second["chat"]), "the sender's chat", second["chat"]);
        var copy = await from.Second.MessageAsync(id, "the copy on the sender's other device");
        Expect.Equal("For all devices", (string?)copy["text"], "text of the copy");
        Expect.Equal(true, (bool?)copy["fromMe"], "fromMe of the copy");
        Expect.True(to.Is((string?)copy["chat"]), "the recipient's chat", copy["chat"]);
    }

    /// <summary>A text to a LID comes from the sender's LID; its copy stands in the chat of that LID.</summary>
    public static async Task ByLid(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        var id = await from.First.TextAsync(to.Lid, "By LID");
        var message = await to.First.MessageAsync(id, "the text");
        Expect.Equal("By LID", (string?)message["text"], "text");
        Expect.Equal(from.Lid, Account((string?)message["chat"]), "chat");
        await to.Second.MessageAsync(id, "the text on the second device");
        var copy = await from.Second.MessageAsync(id, "the copy on the sender's other device");
        Expect.True(to.Is((string?)copy["chat"]), "the recipient's chat", copy["chat"]);
    }

    /// <summary>A reply quotes, a reaction names its message, an edit and a deletion arrive.</summary>
    public static async Task Kinds(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        var question = await to.First.TextAsync(from.Jid, "Who is there?");
        await from.First.MessageAsync(question, "the question");

        var reply = await from.First.SendAsync(
            "reply",
            new
            {
                to = to.Jid,
                id = question,
                text = "Me",
            }
        );
        var quoting = await to.First.MessageAsync(reply, "the reply");
        Expect.Equal("Me", (string?)quoting["text"], "text of the reply");
        Expect.Equal(question, (string?)quoting["quotes"], "quoted message");

        await from.First.SendAsync(
            "react",
            new
            {
                to = to.Jid,
                id = question,
                emoji = "👍",
            }
        );
        await to.First.WaitAsync("the reaction to the question", e => Reacts(e, question, "👍"));

        await from.First.SendAsync(
            "edit",
            new
            {
                to = to.Jid,
                id = reply,
                text = "Me, again",
            }
        );
        await to.First.WaitAsync("the edit of the reply", e => Edits(e, reply, "Me, again"));

        await from.First.SendAsync("delete", new { to = to.Jid, id = reply });
        await to.First.WaitAsync("the deletion of the reply", e => Deletes(e, reply));
    }

    private static string? Account(string? jid) =>
        jid?.Split(':', '@') is [var user, ..] && jid.Split('@') is [_, var server]
            ? $"{user}@{server}"
            : jid;

    public static bool Reacts(JsonObject said, string id, string emoji) =>
        (string?)said["event"] switch
        {
            "message" => (string?)said["reaction"]?["id"] == id
                && (string?)said["reaction"]?["emoji"] == emoji,
            "reaction" => (string?)said["id"] == id && (string?)said["emoji"] == emoji,
            _ => false,
        };

    private static bool Edits(JsonObject said, string id, string text) =>
        (string?)said["event"] switch
        {
            "message" => (string?)said["edits"]?["id"] == id
                && (string?)said["edits"]?["text"] == text,
            "message-update" => (string?)said["id"] == id && (string?)said["text"] == text,
            _ => false,
        };

    public static bool Deletes(JsonObject said, string id) =>
        (string?)said["event"] switch
        {
            "message" => (string?)said["deletes"] == id,
            "message-update" => (string?)said["id"] == id && (int?)said["stub"] == 1,
            _ => false,
        };
}
