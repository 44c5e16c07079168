using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Quick replies of WhatsApp Business, on all devices of the account.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class QuickReplyEndpoints(Commands commands, BodyShares bodies)
{
    private const int MaxId = 64;
    private const int MaxShortcut = 100;
    private const int MaxText = 4096;

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPut("/quick-replies/{reply}", SaveAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("saveQuickReply")
            .WithSummary("Make a quick reply, or change it")
            .WithDescription(
                $"The id, 1 to {MaxId} letters, digits, '-' and '_', is yours to choose; WhatsApp's clients take the Unix seconds, and quickreply.changed tells theirs. The phone and the account's other devices show it where it uses WhatsApp Business. 503 awaiting-phone: the phone has not shared the keys yet, as soon after linking; try again."
            )
            .Accepts<SaveQuickReplyRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapDelete("/quick-replies/{reply}", RemoveAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("removeQuickReply")
            .WithSummary("Remove a quick reply")
            .WithDescription("204 also where there was none.")
            .Produces(204)
            .Changes();
    }

    /// <summary>What is typed, without spaces around it, and what it stands for. Pure.</summary>
    internal static (string Shortcut, string Text) Read(
        SaveQuickReplyRequest request,
        Faults faults
    )
    {
        var (shortcut, text) = (request.Shortcut?.Trim() ?? "", request.Text ?? "");
        if (shortcut.Length == 0)
            faults.Add("#/shortcut", "it must be there, and not empty or of spaces only");
        if (shortcut.StartsWith('/'))
            faults.Add("#/shortcut", "it must not begin with a slash, which is typed before it");
        Addresses.CheckText(shortcut, MaxShortcut, lines: false, "#/shortcut", faults);
        if (string.IsNullOrWhiteSpace(text))
            faults.Add("#/text", "it must be there, and not empty or of spaces only");
        Addresses.CheckText(text, MaxText, lines: true, "#/text", faults);
        return (shortcut, text);
    }

    private async Task<IResult> SaveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string reply
    )
    {
        if (!IsId(reply))
            return NoId();
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.SaveQuickReplyRequest,
            Read
        );
        if (body.Refusal is { } refusal)
            return refusal;
        var (shortcut, text) = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SetQuickReplyAsync(reply, shortcut, text, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> RemoveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string reply
    ) =>
        IsId(reply)
            ? await commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.RemoveQuickReplyAsync(reply, ct);
                    return Results.NoContent();
                }
            )
            : NoId();

    private static bool IsId(string given) =>
        given.Length is > 0 and <= MaxId
        && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static ProblemAnswer NoId() =>
        Problems.Bad(
            $"the quick reply's id in the path is wrong: it must be 1 to {MaxId} letters, digits, '-' and '_'"
        );
}
