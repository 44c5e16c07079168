using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Profile;

/// <summary>Pictures of the account, of contacts and of groups.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class PictureEndpoints(Commands commands, BodyShares bodies)
{
    private const string Jpeg = "image/jpeg";

    private static readonly string Reading =
        "?preview=true asks for its small form. The URL is WhatsApp's, expires, and opens for whoever has it. 404 no-picture: there is none; WhatsApp answers 403 or 404 where its owner does not show it to this account.";

    private static readonly string Setting =
        $"The body is the JPEG itself, of at most {ProfilePicture.MaxBytes / 1024} KiB and {ProfilePicture.MaxPixels} pixels each way, with the Content-Type {Jpeg}. It is sent as it is: nothing is cut or made smaller. WhatsApp's own clients send squares of 640 pixels; what WhatsApp does not take is 422.";

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapGet("/profile/picture", OwnAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getProfilePicture")
            .WithSummary("Get where the account's own picture is")
            .WithDescription(Reading)
            .Produces<PictureAnswer>()
            .Asks();
        session
            .MapPut("/profile/picture", SetOwnAsync)
            .Requiring(ApiScopes.ProfileWrite)
            .WithName("setProfilePicture")
            .WithSummary("Set the account's own picture")
            .WithDescription(Setting)
            .Accepts<Stream>(Jpeg)
            .Produces<PictureSetAnswer>()
            .Changes();
        session
            .MapDelete("/profile/picture", RemoveOwnAsync)
            .Requiring(ApiScopes.ProfileWrite)
            .WithName("removeProfilePicture")
            .WithSummary("Take the account's own picture away")
            .Produces(204)
            .Changes();
        session
            .MapGet("/contacts/{phone}/picture", OfContactAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getContactPicture")
            .WithSummary("Get where the picture of an account is")
            .WithDescription(Reading)
            .Produces<PictureAnswer>()
            .Asks();
        session
            .MapGet("/groups/{id}/picture", OfGroupAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("getGroupPicture")
            .WithSummary("Get where a group's picture is")
            .WithDescription(Reading)
            .Produces<PictureAnswer>()
            .Asks();
        session
            .MapPut("/groups/{id}/picture", SetOfGroupAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("setGroupPicture")
            .WithSummary("Set a group's picture")
            .WithDescription(Setting)
            .Accepts<Stream>(Jpeg)
            .Produces<PictureSetAnswer>()
            .Changes();
        session
            .MapDelete("/groups/{id}/picture", RemoveOfGroupAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("removeGroupPicture")
            .WithSummary("Take a group's picture away")
            .Produces(204)
            .Changes();
    }

    private Task<IResult> OwnAsync(HttpContext http, string @namespace, string name) =>
        GetAsync(http, null);

    private Task<IResult> SetOwnAsync(HttpContext http, string @namespace, string name) =>
        SetAsync(http, null);

    private Task<IResult> RemoveOwnAsync(HttpContext http, string @namespace, string name) =>
        RemoveAsync(http, null);

    private Task<IResult> OfContactAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    )
    {
        var faults = new Faults();
        return Addresses.Account(phone, "#/phone", faults) is { } account
            ? GetAsync(http, account)
            : Task.FromResult<IResult>(faults.Problem!);
    }

    private Task<IResult> OfGroupAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) => Addresses.Group(id) is { } group ? GetAsync(http, group) : NoGroup();

    private Task<IResult> SetOfGroupAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) => Addresses.Group(id) is { } group ? SetAsync(http, group) : NoGroup();

    private Task<IResult> RemoveOfGroupAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) => Addresses.Group(id) is { } group ? RemoveAsync(http, group) : NoGroup();

    private Task<IResult> GetAsync(HttpContext http, Jid? of)
    {
        bool preview;
        switch ((string?)http.Request.Query["preview"])
        {
            case null or "false":
                preview = false;
                break;
            case "true":
                preview = true;
                break;
            default:
                return Task.FromResult<IResult>(Problems.Bad("\"preview\" must be true or false"));
        }
        return commands.AskAsync(
            http,
            async (social, ct) =>
                await social.GetPictureAsync(of, preview, ct) is { } picture
                    ? Results.Json(
                        new PictureAnswer(picture.Id, picture.Url, picture.Preview),
                        ProfileJson.Default.PictureAnswer
                    )
                    : Problems.NoPicture()
        );
    }

    private async Task<IResult> SetAsync(HttpContext http, Jid? group)
    {
        if (
            !MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            || !type.MediaType.Equals(Jpeg, StringComparison.OrdinalIgnoreCase)
        )
            return Problems.WrongMedia(
                $"send the picture itself as the body, with \"Content-Type: {Jpeg}\"; WhatsApp takes nothing else"
            );
        using var share = bodies.Of(http.OpenedSession().Tenant);
        var body = await JsonBody.ReadAnyAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        if (ProfilePicture.FaultOf(body.Bytes) is { } fault)
            return Problems.BadPicture(fault);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
                Results.Json(
                    new PictureSetAnswer(await social.SetPictureAsync(group, body.Bytes, ct)),
                    ProfileJson.Default.PictureSetAnswer
                )
        );
    }

    private Task<IResult> RemoveAsync(HttpContext http, Jid? group) =>
        commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SetPictureAsync(group, null, ct);
                return Results.NoContent();
            }
        );

    private static Task<IResult> NoGroup() => Task.FromResult<IResult>(Problems.NotAGroup());
}
