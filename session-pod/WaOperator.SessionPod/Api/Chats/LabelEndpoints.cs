using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Labels of WhatsApp Business, on all devices of the account.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class LabelEndpoints(Commands commands, BodyShares bodies)
{
    private const int MaxName = 100;
    private const int MaxColor = 19;

    private const string Alone =
        "The phone and the account's other devices show it where it uses WhatsApp Business; others hear nothing.";

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPut("/labels/{label}", SaveAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("saveLabel")
            .WithSummary("Make a label, or change its name and colour")
            .WithDescription(
                $"The id is a number from 1 to {ChatCommands.MaxLabel}; phones count theirs up from 1, and label.changed tells them. {Alone} 503 awaiting-phone: the phone has not shared the keys yet, as soon after linking; try again."
            )
            .Accepts<SaveLabelRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapDelete("/labels/{label}", RemoveAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("removeLabel")
            .WithSummary("Remove a label")
            .WithDescription($"204 also where there was none. {Alone}")
            .Produces(204)
            .Changes();
        session
            .MapPut("/labels/{label}/chats/{id}", PutOnChatAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("labelChat")
            .WithSummary("Put a label on a chat")
            .WithDescription($"WhatsApp does not check that there is such a label. {Alone}")
            .Produces(204)
            .Changes();
        session
            .MapDelete("/labels/{label}/chats/{id}", TakeOffChatAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("unlabelChat")
            .WithSummary("Take a label off a chat")
            .WithDescription("204 also where it was not on it.")
            .Produces(204)
            .Changes();
        session
            .MapPut("/labels/{label}/messages/{id}", PutOnMessageAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("labelMessage")
            .WithSummary("Put a label on a message")
            .WithDescription(
                $"A message that was sent or received within the retention. WhatsApp does not check that there is such a label. {Alone}"
            )
            .Produces(204)
            .Changes();
        session
            .MapDelete("/labels/{label}/messages/{id}", TakeOffMessageAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("unlabelMessage")
            .WithSummary("Take a label off a message")
            .WithDescription("204 also where it was not on it.")
            .Produces(204)
            .Changes();
    }

    /// <summary>The name, without spaces around it, and the colour. Pure.</summary>
    internal static (string Name, int Color) Read(SaveLabelRequest request, Faults faults)
    {
        var name = request.Name?.Trim() ?? "";
        if (name.Length == 0)
            faults.Add("#/name", "it must be there, and not empty or of spaces only");
        Addresses.CheckText(name, MaxName, lines: false, "#/name", faults);
        if (request.Color is < 0 or > MaxColor)
            faults.Add("#/color", $"it must be 0 to {MaxColor}");
        return (name, request.Color ?? 0);
    }

    private async Task<IResult> SaveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label
    )
    {
        if (!IsLabel(label, out var number))
            return NoLabel();
        var body = await TypedBody.ReadAsync(http, bodies, ChatJson.Default.SaveLabelRequest, Read);
        if (body.Refusal is { } refusal)
            return refusal;
        var (text, color) = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SetLabelAsync(number, text, color, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> RemoveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label
    ) =>
        IsLabel(label, out var number)
            ? await commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.RemoveLabelAsync(number, ct);
                    return Results.NoContent();
                }
            )
            : NoLabel();

    private Task<IResult> PutOnChatAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label,
        string id
    ) => OnChatAsync(http, label, id, on: true);

    private Task<IResult> TakeOffChatAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label,
        string id
    ) => OnChatAsync(http, label, id, on: false);

    private Task<IResult> PutOnMessageAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label,
        string id
    ) => OnMessageAsync(http, label, id, on: true);

    private Task<IResult> TakeOffMessageAsync(
        HttpContext http,
        string @namespace,
        string name,
        string label,
        string id
    ) => OnMessageAsync(http, label, id, on: false);

    private async Task<IResult> OnChatAsync(HttpContext http, string label, string id, bool on)
    {
        if (!IsLabel(label, out var number))
            return NoLabel();
        var wrong = new Faults();
        if (Addresses.Chat(id, "#/id", wrong) is not { } given)
            return wrong.Problem!;
        var chat = await AddressedChat.FindAsync(http, given);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.LabelChatAsync(number, chat.Address, on, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> OnMessageAsync(
        HttpContext http,
        string label,
        string id,
        bool on
    ) =>
        IsLabel(label, out var number)
            ? await commands.ChangeMessageAsync(
                http,
                id,
                (social, message, ct) => social.LabelMessageAsync(number, message, on, ct)
            )
            : NoLabel();

    private static bool IsLabel(string given, out int number)
    {
        number = 0;
        if (given.Length is 0 or > 4 || given[0] == '0' || !given.All(char.IsAsciiDigit))
            return false;
        foreach (var digit in given)
            number = (number * 10) + (digit - '0');
        return true;
    }

    private static ProblemAnswer NoLabel() =>
        Problems.Bad(
            $"the label in the path is wrong: it must be its number, 1 to {ChatCommands.MaxLabel}, as label.changed tells it"
        );
}
