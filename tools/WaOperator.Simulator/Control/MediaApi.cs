using WaOperator.Simulator.Media;

namespace WaOperator.Simulator.Control;

/// <summary>Which transfers of files fail (null: all), how, and how many.</summary>
internal sealed record MediaFaultRequest(
    MediaUse? Use,
    int? Status,
    long? CutAfter,
    string? Path,
    int? Count
);

/// <summary>The media hosts that clients are told; empty: the one that they are connected to.</summary>
internal sealed record MediaHostsRequest(IReadOnlyList<string>? Hosts);

/// <summary>A message's file that the phone has: it uploads it again when asked.</summary>
internal sealed record PhoneMediaRequest(string? Id, byte[]? MediaKey, string? DirectPath);

/// <summary>The media hosts: what they hold, their faults, and what phones upload again.</summary>
internal static class MediaApi
{
    private const int MediaKeySize = 32;

    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapGet("/media", () => Answer(server));
        app.MapPut(
            "/media/hosts",
            (MediaHostsRequest request) =>
            {
                server.Media.Hosts = request.Hosts ?? [];
                return Answer(server);
            }
        );
        app.MapDelete("/media", () => Results.Ok(new { deleted = server.Media.Store.Clear() }));
        app.MapPost("/faults/media", (MediaFaultRequest request) => Fail(server, request));
        app.MapPost(
            "/phones/{number}/media",
            (string number, PhoneMediaRequest request) => Know(server, number, request)
        );
    }

    private static IResult Answer(WhatsAppServer server)
    {
        var (files, bytes) = server.Media.Store.Size;
        return Results.Ok(
            new
            {
                files,
                bytes,
                hosts = server.Media.Hosts,
            }
        );
    }

    private static IResult Fail(WhatsAppServer server, MediaFaultRequest request)
    {
        if (request.Status is null == request.CutAfter is null)
            return PhonesApi.Problem(400, "either status or cutAfter is needed");
        if (request.Status is < 400 or > 599 || request.CutAfter < 0 || request.Count <= 0)
            return PhonesApi.Problem(
                400,
                "status must be from 400 to 599, cutAfter 0 or more, count above 0"
            );
        server.Media.Faults.Add(
            new(request.Use, request.Status, request.CutAfter, request.Path)
            {
                Left = request.Count,
            }
        );
        return Results.NoContent();
    }

    private static IResult Know(WhatsAppServer server, string number, PhoneMediaRequest request) =>
        PhonesApi.WithPhone(
            server,
            number,
            phone =>
            {
                if (
                    request.Id is not { Length: > 0 } id
                    || request.MediaKey is not { Length: MediaKeySize } key
                    || request.DirectPath is not ['/', ..] path
                )
                    return PhonesApi.Problem(
                        400,
                        "id, mediaKey (32 bytes in base64) and directPath (from /) are needed"
                    );
                server.PhoneMedia.Know(phone, id, key, path);
                return Results.NoContent();
            }
        );
}
