using System.Globalization;
using System.Text;
using Npgsql;
using TwilioAdapter.Outgoing;
using TwilioAdapter.Twilio;
using TwilioAdapter.WhatsApp;

namespace TwilioAdapter.Endpoints;

/// <summary>Twilio's REST API, as far as it is there: messages (https://www.twilio.com/docs/messaging/api/message-resource).</summary>
internal static class MessageEndpoints
{
    private const string Api = $"/{IncomingForm.ApiVersion}";
    private const string Account = $"{Api}/Accounts/{{account}}";
    private static readonly TimeSpan Tried = TimeSpan.FromSeconds(30);

    private static readonly HashSet<string> Fields =
    [
        "To",
        "From",
        "Body",
        "MediaUrl",
        "StatusCallback",
    ];

    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").AddEndpointFilter(LogInAsync);
        api.MapPost($"{Account}/Messages.json", SendAsync);
        api.MapGet($"{Account}/Messages/{{sid}}.json", GetAsync);
        api.Map(
            $"{Api}/{{**rest}}",
            (HttpRequest request) =>
                new TwilioError(
                    20404,
                    $"NotSupported: {request.Method} {request.Path}; there are POST Messages.json and GET Messages/SID.json",
                    StatusCodes.Status404NotFound
                ).Answer()
        );
    }

    private static async ValueTask<object?> LogInAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        var settings = http.RequestServices.GetRequiredService<Settings>();
        if (IsLogin($"{http.Request.Headers.Authorization}", settings))
            return
                http.Request.RouteValues.TryGetValue("account", out var account)
                && account as string != settings.AccountSid
                ? TwilioError.NotFound($"{http.Request.Path}").Answer()
                : await next(context);
        http.Response.Headers.WWWAuthenticate = "Basic realm=\"Twilio API\"";
        return TwilioError.NoLogin.Answer();
    }

    private static bool IsLogin(string header, Settings settings)
    {
        const string scheme = "Basic ";
        var decoded = new byte[header.Length];
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(header[scheme.Length..].Trim(), decoded, out var length)
            && Secrets.AreSame(
                Encoding.UTF8.GetString(decoded, 0, length),
                $"{settings.AccountSid}:{settings.AuthToken}"
            );
    }

    private static async Task<IResult> SendAsync(
        HttpRequest request,
        Settings settings,
        NpgsqlDataSource database,
        Messages messages,
        Outbox outbox,
        Sending sending,
        CancellationToken ct
    )
    {
        if (await TwilioForm.ReadAsync(request) is not { } form)
            return TwilioError.NotSupported($"a body that is not {TwilioForm.MediaType}").Answer();
        if (
            form.FirstOrDefault(f => !Fields.Contains(f.Key) && f.Value.Length > 0).Key is { } other
        )
            return TwilioError
                .NotSupported($"the parameter {other}; there are {string.Join(", ", Fields)}")
                .Answer();
        if (form.Count(f => f.Key == "MediaUrl") > 1)
            return new TwilioError(
                21623,
                "Number of media files exceeds allowed limit: one"
            ).Answer();
        var (draft, error) = Draft.Of(
            settings,
            form["From"],
            form["To"],
            form["Body"],
            form["MediaUrl"],
            form["StatusCallback"]
        );
        if (draft is null)
            return error!.Answer();
        // First it is durable, then it is sent: so WaOperator tells nothing of a message that is not known here.
        var sid = Sid.New("SM");
        long entry;
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            entry = await messages.SendAsync(connection, sid, "outbound-api", draft, Tried);
            await transaction.CommitAsync(ct);
        }
        // From here on the caller may go away: it is sent all the same.
        if (await TryAsync(entry, outbox, sending, messages) is { } refused)
            return refused.Answer();
        var message = await FindAsync(sid, settings, database);
        return Results.Json(message, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>Tries to send it at once, so that a refusal is an answer. What has to wait is the worker's.</summary>
    private static async Task<TwilioError?> TryAsync(
        long entry,
        Outbox outbox,
        Sending sending,
        Messages messages
    )
    {
        await using var taken = await outbox.TakeAsync(entry, CancellationToken.None);
        if (taken is null)
        {
            // Others of its chat are before it.
            await outbox.DueAsync(entry, TimeSpan.Zero);
            return null;
        }
        var error = await sending.TryAsync(taken);
        if (error is not null)
        {
            await messages.ForgetAsync(taken.Connection, taken.Entry.Sid);
            await taken.DoneAsync();
        }
        outbox.Wake();
        return error;
    }

    private static async Task<IResult> GetAsync(
        string sid,
        HttpRequest request,
        Settings settings,
        NpgsqlDataSource database
    ) =>
        await FindAsync(sid, settings, database) is { } message
            ? Results.Json(message)
            : TwilioError.NotFound($"{request.Path}").Answer();

    private static async Task<Dictionary<string, object?>?> FindAsync(
        string sid,
        Settings settings,
        NpgsqlDataSource database
    )
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = connection.Command("select * from message where sid = $1", sid);
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync())
            return null;
        return new()
        {
            ["sid"] = sid,
            ["account_sid"] = settings.AccountSid,
            ["api_version"] = IncomingForm.ApiVersion,
            ["direction"] = reader["direction"],
            ["from"] = reader["sender"],
            ["to"] = reader["recipient"],
            ["body"] = reader["body"],
            ["num_media"] =
                reader.Text("media") is null && reader.Text("media_url") is null ? "0" : "1",
            ["num_segments"] = "1",
            ["status"] = reader["status"],
            ["error_code"] = reader["error_code"] as int?,
            ["error_message"] = reader.Text("error_message"),
            ["date_created"] = Date(reader["created_at"]),
            ["date_updated"] = Date(reader["updated_at"]),
            ["date_sent"] = Date(reader["sent_at"]),
            ["messaging_service_sid"] = null,
            ["price"] = null,
            ["price_unit"] = null,
            ["subresource_uris"] = new Dictionary<string, string>(),
            ["uri"] = $"{Api}/Accounts/{settings.AccountSid}/Messages/{sid}.json",
        };
    }

    private static string? Date(object value) =>
        value is DateTime utc
            ? utc.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)
            : null;
}
