using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.Simulator.Control;

/// <summary>What a phone changes of its account; null: as it is.</summary>
internal sealed record ProfileRequest(string? About, Dictionary<string, string>? Privacy);

/// <summary>What an account shows of itself, and to whom.</summary>
internal sealed record ProfileAnswer(
    string About,
    string? PictureId,
    IReadOnlyDictionary<string, string> Privacy,
    long DefaultTimer
)
{
    public static ProfileAnswer Of(Phone phone) =>
        new(
            phone.About,
            phone.Picture?.Id,
            WhatsApp.PrivacyCategories.Values.Keys.ToDictionary(
                category => category,
                category => Profiles.ValueOf(phone, category)
            ),
            phone.DefaultTimer
        );
}

/// <summary>What accounts show of themselves, as their phones change it.</summary>
internal static class ProfilesApi
{
    private const int MostBytes = 512 * 1024;

    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapGet(
            "/phones/{number}/picture",
            (string number) =>
                PhonesApi.WithPhone(
                    server,
                    number,
                    phone =>
                        phone.Picture is { } picture
                            ? Results.Bytes(picture.Jpeg, "image/jpeg")
                            : PhonesApi.Problem(404, "the account has no picture")
                )
        );
        app.MapPut(
            "/phones/{number}/picture",
            (string number, HttpRequest request, CancellationToken ct) =>
                SetAsync(server, number, request, ct)
        );
        app.MapDelete(
            "/phones/{number}/picture",
            (string number) =>
                PhonesApi.WithPhone(
                    server,
                    number,
                    phone =>
                    {
                        server.Pictures.Change(phone, by: null, picture: null);
                        return Results.NoContent();
                    }
                )
        );
        app.MapGet(
            "/phones/{number}/profile",
            (string number) =>
                PhonesApi.WithPhone(server, number, phone => Results.Ok(ProfileAnswer.Of(phone)))
        );
        app.MapPatch(
            "/phones/{number}/profile",
            (string number, ProfileRequest request) =>
                PhonesApi.WithPhone(server, number, phone => Patch(server, phone, request))
        );
        app.MapGet(
            "/phones/{number}/blocks",
            (string number) =>
                PhonesApi.WithPhone(
                    server,
                    number,
                    phone => Results.Ok(phone.Blocked.Order(StringComparer.Ordinal))
                )
        );
        app.MapPut(
            "/phones/{number}/blocks/{other}",
            (string number, string other) => Block(server, number, other, block: true)
        );
        app.MapDelete(
            "/phones/{number}/blocks/{other}",
            (string number, string other) => Block(server, number, other, block: false)
        );
    }

    private static IResult Patch(WhatsAppServer server, Phone phone, ProfileRequest request)
    {
        foreach (var (category, value) in request.Privacy ?? [])
            if (!Profiles.Allows(category, value))
                return PhonesApi.Problem(400, $"{category} cannot be {value}");
        if (request.About is { } about)
            server.Profiles.SetAbout(phone, by: null, about);
        foreach (var (category, value) in request.Privacy ?? [])
            server.Profiles.SetPrivacy(phone, by: null, category, value);
        return Results.Ok(ProfileAnswer.Of(phone));
    }

    private static IResult Block(WhatsAppServer server, string number, string other, bool block) =>
        PhonesApi.WithPhone(
            server,
            number,
            phone =>
                PhonesApi.WithPhone(
                    server,
                    other,
                    blocked =>
                    {
                        Blocklist.Change(server, phone, by: null, blocked, block);
                        return Results.NoContent();
                    }
                )
        );

    private static async Task<IResult> SetAsync(
        WhatsAppServer server,
        string number,
        HttpRequest request,
        CancellationToken ct
    )
    {
        if (request.ContentLength is not (> 0 and <= MostBytes))
            return PhonesApi.Problem(400, $"the body must be a JPEG of at most {MostBytes} bytes");
        var jpeg = new byte[request.ContentLength.Value];
        await request.Body.ReadExactlyAsync(jpeg, ct);
        if (!JpegHead.TryRead(jpeg, out _, out _))
            return PhonesApi.Problem(400, "the body is no JPEG");
        return PhonesApi.WithPhone(
            server,
            number,
            phone =>
            {
                var picture = Picture.Of(jpeg);
                server.Pictures.Change(phone, by: null, picture);
                return Results.Ok(new { id = picture.Id });
            }
        );
    }
}
