using WaOperator.Api;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Contacts;

/// <summary>The contacts that are saved on all devices of the account.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class SavedContactEndpoints(Commands commands, BodyShares bodies)
{
    private const int MaxName = 128;

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPut("/contacts/{phone}", SaveAsync)
            .Requiring(ApiScopes.ContactsWrite)
            .WithName("saveContact")
            .WithSummary("Save a contact under a name, on all devices of the account")
            .WithDescription(
                "The contact hears nothing of it. 503 awaiting-phone: the phone has not shared the keys yet, as soon after linking; try again."
            )
            .Accepts<SaveContactRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapDelete("/contacts/{phone}", RemoveAsync)
            .Requiring(ApiScopes.ContactsWrite)
            .WithName("removeContact")
            .WithSummary("Forget a contact, on all devices of the account")
            .WithDescription("204 also where there was none.")
            .Produces(204)
            .Changes();
    }

    private async Task<IResult> SaveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    )
    {
        if (!PhoneNumberReader.TryRead(phone, out var number, out var why))
            return Problems.Bad($"the phone number in the path is wrong: {why}");
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ContactJson.Default.SaveContactRequest,
            Read
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var (full, first) = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SaveContactAsync(new(number, Jid.PhoneServer), full, first, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> RemoveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    ) =>
        PhoneNumberReader.TryRead(phone, out var number, out var why)
            ? await commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.RemoveContactAsync(new(number, Jid.PhoneServer), ct);
                    return Results.NoContent();
                }
            )
            : Problems.Bad($"the phone number in the path is wrong: {why}");

    /// <summary>The names, without spaces around them. Pure.</summary>
    internal static (string Full, string? First) Read(SaveContactRequest request, Faults faults)
    {
        var (full, first) = (request.Name?.Trim() ?? "", request.FirstName?.Trim());
        if (full.Length == 0)
            faults.Add("#/name", "it must be there, and not empty or of spaces only");
        Addresses.CheckText(full, MaxName, lines: false, "#/name", faults);
        if (first is { Length: 0 })
            faults.Add("#/firstName", "it must not be empty, or of spaces only");
        if (first is not null)
            Addresses.CheckText(first, MaxName, lines: false, "#/firstName", faults);
        return (full, first);
    }
}
