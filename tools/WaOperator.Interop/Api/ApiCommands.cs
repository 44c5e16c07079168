using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace WaOperator.Interop.Api;

/// <summary>The rows' commands as calls of the API.</summary>
/// <param name="session">Whose API.</param>
/// <param name="mediaOf">The id of the file of a message that came.</param>
internal sealed class ApiCommands(ApiSession session, Func<string, string> mediaOf)
{
    /// <summary>Runs one.</summary>
    /// <exception cref="CellException">It was refused, or there is no such call.</exception>
    public Task<JsonObject> RunAsync(string command, JsonObject asked) =>
        command switch
        {
            "send" => SendAsync(
                asked,
                With(
                    new { text = Text(asked, "text") },
                    ("audience", asked["audience"]?.DeepClone())
                )
            ),
            "reply" => SendAsync(
                asked,
                new { text = Text(asked, "text"), replyTo = Text(asked, "id") }
            ),
            "react" => SendAsync(
                asked,
                new { reaction = new { message = Text(asked, "id"), emoji = Text(asked, "emoji") } }
            ),
            "edit" => SendAsync(
                asked,
                new { edit = new { message = Text(asked, "id"), text = Text(asked, "text") } }
            ),
            "delete" => SendAsync(asked, new { delete = new { message = Text(asked, "id") } }),
            "media" => SendFileAsync(asked),
            "download" => DownloadAsync(asked),
            "read" => CallAsync(
                HttpMethod.Post,
                "/read",
                With(
                    new { chat = Text(asked, "chat"), messages = new[] { Text(asked, "id") } },
                    ("from", (string?)asked["participant"])
                )
            ),
            "name" => NameAsync(asked),
            "subscribe" => CallAsync(
                HttpMethod.Post,
                "/presence/subscribe",
                new { contacts = new[] { Text(asked, "to") } }
            ),
            "presence" => CallAsync(
                HttpMethod.Post,
                "/typing",
                new { chat = Text(asked, "to"), state = Text(asked, "type") }
            ),
            _ => new ApiGroupCommands(session).RunAsync(command, asked),
        };

    /// <summary>A required argument.</summary>
    public static string Text(JsonObject asked, string name) =>
        (string?)asked[name] ?? throw new CellException($"\"{name}\" is missing");

    private Task<JsonObject> CallAsync(HttpMethod method, string path, object? body = null) =>
        session.CallAsync(method, path, body);

    /// <summary>202 is enough: the message is durable, and the API keeps the order within a chat.</summary>
    private Task<JsonObject> SendAsync(JsonObject asked, object body) =>
        CallAsync(HttpMethod.Post, "/messages", With(body, ("to", Text(asked, "to"))));

    private async Task<JsonObject> SendFileAsync(JsonObject asked)
    {
        var kind = Text(asked, "kind");
        var bytes = await File.ReadAllBytesAsync(Text(asked, "path"));
        var media = await session.UploadAsync(kind, Text(asked, "mimetype"), bytes);
        var file = With(
            new { media },
            ("caption", (string?)asked["caption"]),
            ("fileName", (string?)asked["fileName"])
        );
        return await SendAsync(asked, new JsonObject { [kind] = file });
    }

    private async Task<JsonObject> DownloadAsync(JsonObject asked)
    {
        var bytes = await session.DownloadAsync(mediaOf(Text(asked, "id")));
        return new()
        {
            ["size"] = bytes.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
        };
    }

    /// <summary>Shows the account by a name and as available, as the other drivers do.</summary>
    private async Task<JsonObject> NameAsync(JsonObject asked)
    {
        await CallAsync(HttpMethod.Patch, "/profile", new { name = Text(asked, "name") });
        return await CallAsync(HttpMethod.Post, "/presence", new { available = true });
    }

    private static JsonObject With(object body, params (string Name, JsonNode? Value)[] more)
    {
        var json = System.Text.Json.JsonSerializer.SerializeToNode(body)!.AsObject();
        foreach (var (name, value) in more)
            if (value is not null)
                json[name] = value;
        return json;
    }
}
