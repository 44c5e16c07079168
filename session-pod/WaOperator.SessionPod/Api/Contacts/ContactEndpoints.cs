using WaOperator.Api;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Options;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Contacts;

/// <summary>Which numbers are on WhatsApp, and the block list.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
/// <param name="options">How many numbers a tenant may look up.</param>
/// <param name="time">The clock.</param>
internal sealed class ContactEndpoints(
    Commands commands,
    BodyShares bodies,
    PodOptions options,
    TimeProvider time
)
{
    private const int MaxNumbers = 500;
    private readonly NumberBudget _budget = new(options.NumberChecksPerHour, time);

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPost("/contacts/check", CheckAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("checkNumbers")
            .WithSummary("Find out which phone numbers are on WhatsApp; within a budget of its own")
            .Accepts<CheckNumbersRequest>("application/json")
            .Produces<CheckedNumbersAnswer>()
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Asks();
        session
            .MapGet("/blocks", ListAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("listBlocks")
            .WithSummary("List the accounts that are blocked")
            .Produces<BlocksAnswer>()
            .Asks();
        session
            .MapGet("/blocks/{phone}", GetAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getBlock")
            .WithSummary("Get whether an account is blocked")
            .Produces<BlockAnswer>()
            .Asks();
        session
            .MapPut("/blocks/{phone}", BlockAsync)
            .Requiring(ApiScopes.ContactsWrite)
            .WithName("blockContact")
            .WithSummary("Block an account: nothing is heard from it")
            .Produces(204)
            .Changes();
        session
            .MapDelete("/blocks/{phone}", UnblockAsync)
            .Requiring(ApiScopes.ContactsWrite)
            .WithName("unblockContact")
            .WithSummary("Hear from an account again")
            .Produces(204)
            .Changes();
    }

    private async Task<IResult> CheckAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ContactJson.Default.CheckNumbersRequest,
            ReadNumbers
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var numbers = body.Asked;
        return await commands.AskAsync(
            http,
            async (social, ct) =>
            {
                string[] distinct = [.. numbers.Distinct(StringComparer.Ordinal)];
                if (_budget.Take(http.OpenedSession().Tenant, distinct.Length) is { } wait)
                    return Problems.TooManyChecks(options.NumberChecksPerHour, wait);
                var found = (await social.CheckNumbersAsync(distinct, ct)).ToDictionary(
                    n => n.Number,
                    StringComparer.Ordinal
                );
                return Results.Json(
                    new CheckedNumbersAnswer([
                        .. numbers.Select(
                            (number, i) =>
                                Show(body.Request.Numbers![i]!, found.GetValueOrDefault(number))
                        ),
                    ]),
                    ContactJson.Default.CheckedNumbersAnswer
                );
            }
        );
    }

    private Task<IResult> ListAsync(HttpContext http, string @namespace, string name) =>
        commands.AskAsync(
            http,
            async (social, ct) =>
                Results.Json(
                    new BlocksAnswer([
                        .. (await social.ListBlockedAsync(ct)).Select(b => new BlockedContact(
                            Addresses.Phone(b.Phone),
                            Addresses.Lid(b.Lid)
                        )),
                    ]),
                    ContactJson.Default.BlocksAnswer
                )
        );

    private Task<IResult> GetAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    ) =>
        TryReadPhone(phone, out var number, out var refusal)
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                {
                    var blocked = (await social.ListBlockedAsync(ct)).FirstOrDefault(b =>
                        b.Phone is { } other && PhoneNumber.Same(other.User, number)
                    );
                    return Results.Json(
                        new BlockAnswer(
                            Addresses.Phone(blocked?.Phone) ?? number,
                            Addresses.Lid(blocked?.Lid),
                            blocked is not null
                        ),
                        ContactJson.Default.BlockAnswer
                    );
                }
            )
            : Task.FromResult<IResult>(refusal!);

    private Task<IResult> BlockAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    ) => SetAsync(http, phone, blocked: true);

    private Task<IResult> UnblockAsync(
        HttpContext http,
        string @namespace,
        string name,
        string phone
    ) => SetAsync(http, phone, blocked: false);

    private Task<IResult> SetAsync(HttpContext http, string phone, bool blocked) =>
        TryReadPhone(phone, out var number, out var refusal)
            ? commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.SetBlockedAsync(new(number, Jid.PhoneServer), blocked, ct);
                    return Results.NoContent();
                }
            )
            : Task.FromResult<IResult>(refusal!);

    /// <summary>The numbers in the form in which the server is asked for them. Pure.</summary>
    internal static List<string> ReadNumbers(CheckNumbersRequest request, Faults faults)
    {
        List<string> numbers = [];
        if (request.Numbers is not { Count: > 0 and <= MaxNumbers } given)
        {
            faults.Add("#/numbers", $"it must hold 1 to {MaxNumbers} phone numbers");
            return numbers;
        }
        for (var i = 0; i < given.Count; i++)
        {
            if (PhoneNumberReader.TryRead(given[i], out var number, out var why))
                numbers.Add(number);
            else
                faults.Add($"#/numbers/{i}", why!);
        }
        return numbers;
    }

    private static bool TryReadPhone(string text, out string number, out ProblemAnswer? refusal)
    {
        refusal = PhoneNumberReader.TryRead(text, out number, out var why)
            ? null
            : Problems.Bad($"the phone number in the path is wrong: {why}");
        return refusal is null;
    }

    private static CheckedNumber Show(string input, NumberInfo? found) =>
        new(
            input,
            found?.Exists == true,
            Addresses.Lid(found?.Lid),
            found?.Exists == true ? Addresses.Phone(found.Jid) : null
        );
}
