using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.Simulator.Control;

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
