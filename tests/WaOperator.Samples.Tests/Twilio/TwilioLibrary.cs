using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>Twilio's own library, which knows nothing of this product: tests/twilio.</summary>
internal static class TwilioLibrary
{
    private static readonly NodeFolder Folder = new("tests/twilio");
    private static readonly Lazy<Task> Installed = new(Folder.InstallAsync);

    /// <summary>Demands that the library accepts the signatures of posts, and of no post that was changed.</summary>
    /// <param name="token">The auth token.</param>
    /// <param name="posts">Posts and the address of their server.</param>
    public static async Task AcceptsAsync(string token, params (string Server, Got Post)[] posts)
    {
        posts.ShouldNotBeEmpty();
        var judged = posts
            .SelectMany(p =>
                new[]
                {
                    (Body: p.Post.Body, Good: true),
                    (Body: p.Post.Body + "&X=1", Good: false),
                }.Select(c => new
                {
                    token,
                    url = p.Server + p.Post.Path,
                    body = c.Body,
                    signature = p.Post.Headers.GetValueOrDefault("X-Twilio-Signature", ""),
                    good = c.Good,
                })
            )
            .ToList();
        (await RunAsync("validate", judged)).ShouldBe($"judged {judged.Count}");
    }

    /// <summary>The signatures of forms.</summary>
    public static async Task<IReadOnlyList<string>> SignAsync(
        string token,
        params (string Url, string Body)[] forms
    ) =>
        JsonSerializer.Deserialize<List<string>>(
            await RunAsync(
                "sign",
                forms.Select(f => new
                {
                    token,
                    url = f.Url,
                    body = f.Body,
                })
            )
        )!;

    /// <summary>TwiML of an answer with these messages.</summary>
    public static Task<string> AnswerAsync(params (string Body, string? Media)[] messages) =>
        RunAsync("answer", messages.Select(m => new { body = m.Body, media = m.Media }));

    /// <summary>Sends a message by the REST API.</summary>
    /// <returns>The message, or what is wrong: code, status, message.</returns>
    public static Task<JsonNode> SendAsync(TwilioAdapter adapter, object message) =>
        AskAsync("send", adapter, message);

    /// <summary>Asks for a message by the REST API.</summary>
    public static Task<JsonNode> GetAsync(TwilioAdapter adapter, string sid) =>
        AskAsync("get", adapter, sid);

    private static async Task<JsonNode> AskAsync(
        string command,
        TwilioAdapter adapter,
        object message
    ) =>
        JsonNode.Parse(
            await RunAsync(
                command,
                new
                {
                    url = adapter.Process.Address,
                    sid = TwilioAdapter.AccountSid,
                    token = TwilioAdapter.AuthToken,
                    message,
                }
            )
        )!;

    private static async Task<string> RunAsync(string command, object given)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(given));
            await Installed.Value;
            return (await Folder.RunAsync("node", "program.mjs", command, file)).Trim();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
