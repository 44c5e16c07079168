using Npgsql;
using TwilioAdapter.Twilio;
using TwilioAdapter.WhatsApp;

namespace TwilioAdapter.Endpoints;

/// <summary>
/// MediaUrl0 of what came in. As at Twilio, who has the address may open it, and it leads on to where the file is: to a link of WaOperator's,
/// made for the one who asks.
/// </summary>
internal static class MediaEndpoint
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
            $"/{IncomingForm.ApiVersion}/Accounts/{{account}}/Messages/{{sid}}/Media/{{media}}",
            OpenAsync
        );

    private static async Task<IResult> OpenAsync(
        string account,
        string sid,
        string media,
        HttpRequest request,
        Settings settings,
        NpgsqlDataSource database,
        WaOperatorApi api,
        CancellationToken ct
    )
    {
        string? session = null,
            file = null;
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (
            var command = connection.Command(
                "select session, media, media_sid from message where sid = $1 and media_sid is not null",
                sid
            )
        )
        await using (var reader = await command.ExecuteReaderAsync(ct))
            if (
                await reader.ReadAsync(ct)
                && account == settings.AccountSid
                && Secrets.AreSame(media, reader.GetString(2))
            )
                (session, file) = (reader.GetString(0), reader.GetString(1));
        if (session is null || file is null)
            return TwilioError.NotFound($"{request.Path}").Answer();
        return await api.LinkAsync(session, file) switch
        {
            ApiAnswer.Taken { Body: var link } => Results.Redirect(
                $"{settings.ApiUrl.TrimEnd('/')}{link.Text("url")}",
                preserveMethod: true
            ),
            ApiAnswer.Refused => TwilioError.NotFound($"{request.Path}").Answer(),
            _ => new TwilioError(20503, "The file cannot be had now, try again", 503).Answer(),
        };
    }
}
