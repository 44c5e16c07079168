using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Profile;

/// <summary>What accounts say about themselves, and what of the own one is seen by whom.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class ProfileEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapGet("/profile", GetAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getProfile")
            .WithSummary("Get the account's name, and what it says about itself")
            .Produces<ProfileAnswer>()
            .Asks();
        session
            .MapGet("/contacts/{phone}/about", AboutAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getContactAbout")
            .WithSummary("Get what an account says about itself")
            .WithDescription(
                "404 no-about: there is no such account, or it does not show it to this one."
            )
            .Produces<AboutAnswer>()
            .Asks();
        session
            .MapGet("/privacy", PrivacyAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("getPrivacy")
            .WithSummary("Get what of the account is seen by whom")
            .WithDescription("The values are WhatsApp's own. What it does not tell is left out.")
            .Produces<PrivacyAnswer>()
            .Asks();
        session
            .MapPatch("/privacy", ChangePrivacyAsync)
            .Requiring(ApiScopes.ProfileWrite)
            .WithName("changePrivacy")
            .WithSummary("Change what of the account is seen by whom")
            .WithDescription(
                "Fields that are left out stay. They are changed one after the other: where WhatsApp refuses one, 422 partly-changed names those before it. contact_blacklist and contact_allowlist, which need a list of accounts, are 501: choose them on the phone."
            )
            .Accepts<PrivacyRequest>("application/json")
            .Produces<PrivacyAnswer>()
            .Produces<Problem>(501, ProblemAnswer.MediaType)
            .Changes();
    }

    private Task<IResult> GetAsync(HttpContext http, string @namespace, string name) =>
        commands.AskAsync(
            http,
            async (social, ct) =>
            {
                var about = await social.GetAboutAsync(null, ct);
                return Results.Json(
                    new ProfileAnswer(
                        await social.GetProfileNameAsync(ct),
                        about?.Text,
                        Since(about)
                    ),
                    ProfileJson.Default.ProfileAnswer
                );
            }
        );

    private Task<IResult> AboutAsync(HttpContext http, string @namespace, string name, string phone)
    {
        var faults = new Faults();
        return Addresses.Account(phone, "#/phone", faults) is { } account
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                    await social.GetAboutAsync(account, ct) is { } about
                        ? Results.Json(
                            new AboutAnswer(about.Text, Since(about)),
                            ProfileJson.Default.AboutAnswer
                        )
                        : Problems.NoAbout()
            )
            : Task.FromResult<IResult>(faults.Problem!);
    }

    private Task<IResult> PrivacyAsync(HttpContext http, string @namespace, string name) =>
        commands.AskAsync(http, ShowAsync);

    private async Task<IResult> ChangePrivacyAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ProfileJson.Default.PrivacyRequest,
            PrivacyFields.Read
        );
        if (body.Refusal is { } wrong)
            return wrong;
        if (PrivacyFields.NeedsList(body.Request) is { } field)
            return Problems.NotSupported(
                $"#/{field}",
                "it needs a list of accounts, which is not supported: choose it on the phone"
            );
        var (changes, timer) = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                List<string> done = [];
                var next = "";
                try
                {
                    foreach (var (pointer, category, value) in changes)
                    {
                        next = pointer;
                        await social.SetPrivacyAsync(category, value, ct);
                        done.Add(pointer);
                    }
                    if (timer is { } after)
                    {
                        next = PrivacyFields.TimerPointer;
                        await social.SetDefaultTimerAsync(after, ct);
                    }
                }
                catch (QueryRefusedException e) when (done.Count > 0)
                {
                    return Problems.PartlyChanged(Refusals.Words(e), done, next);
                }
                catch (NotConnectedException) when (done.Count > 0)
                {
                    return Problems.MaybeDone();
                }
                try
                {
                    return await ShowAsync(social, ct);
                }
                catch (Exception e) when (e is QueryRefusedException or NotConnectedException)
                {
                    // All is changed; that it cannot be shown must not be taken for a refusal.
                    return Problems.MaybeDone();
                }
            }
        );
    }

    private static async Task<IResult> ShowAsync(ISocialTransport social, CancellationToken ct) =>
        Results.Json(
            PrivacyFields.Show(
                await social.GetPrivacyAsync(ct),
                await social.GetDefaultTimerAsync(ct)
            ),
            ProfileJson.Default.PrivacyAnswer
        );

    private static long? Since(AboutText? about) =>
        about is { Timestamp: > 0 } ? about.Timestamp : null;
}
