using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;

namespace WaOperator.Simulator.Control;

/// <summary>Whom a phone calls, with pictures or not, and by which of its addresses it is named: lid (default) or pn.</summary>
internal sealed record CallRequest(string? To, bool? Video, string? NamedBy);

/// <summary>A call.</summary>
internal sealed record CallAnswer(
    string Id,
    string From,
    string To,
    CallState State,
    string? RejectedBy,
    int Unacknowledged
)
{
    public static CallAnswer Of(Call call)
    {
        lock (call)
            return new(
                call.Id,
                call.From.Number,
                call.To.Number,
                call.State,
                call.RejectedBy?.Jid.ToString(),
                call.Unacknowledged
            );
    }
}

/// <summary>Calls of phones: ring, ring again, hang up, give up. No one can answer them.</summary>
internal static class CallsApi
{
    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapPost(
            "/phones/{number}/calls",
            (string number, CallRequest request) => Ring(server, number, request)
        );
        app.MapGet(
            "/calls/{id}",
            (string id) => WithCall(server, id, call => Results.Ok(CallAnswer.Of(call)))
        );
        app.MapPost(
            "/calls/{id}/repeat",
            (string id) =>
                WithCall(
                    server,
                    id,
                    call =>
                    {
                        server.Calls.Repeat(call);
                        return Results.Ok(CallAnswer.Of(call));
                    }
                )
        );
        app.MapPost("/calls/{id}/cancel", (string id) => End(server, id, CallState.Cancelled));
        app.MapPost("/calls/{id}/timeout", (string id) => End(server, id, CallState.TimedOut));
        app.MapPost(
            "/calls/{id}/accept",
            (string id) => PhonesApi.Problem(501, "calls are not answered here")
        );
    }

    private static IResult Ring(WhatsAppServer server, string number, CallRequest request)
    {
        if (!AccountDirectory.IsNumber(number))
            return PhonesApi.Problem(400, $"'{number}' is not a phone number");
        if (request.NamedBy is not (null or "lid" or "pn"))
            return PhonesApi.Problem(400, "namedBy must be lid or pn");
        if (request.To?.Contains('@', StringComparison.Ordinal) == true)
            return PhonesApi.Problem(501, "calls of groups are not done here");
        if (request.To is null || !server.Directory.TryGet(request.To, out var to))
            return PhonesApi.Problem(404, "to is the number of no phone");
        var from = server.Directory.GetOrAdd(number);
        if (from == to)
            return PhonesApi.Problem(400, "a phone does not call itself");
        return Results.Ok(
            CallAnswer.Of(
                server.Calls.Ring(from, to, request.Video == true, request.NamedBy != "pn")
            )
        );
    }

    private static IResult End(WhatsAppServer server, string id, CallState state) =>
        WithCall(
            server,
            id,
            call =>
                server.Calls.End(call, state)
                    ? Results.Ok(CallAnswer.Of(call))
                    : PhonesApi.Problem(409, $"the call is {call.State}, and rings no more")
        );

    private static IResult WithCall(WhatsAppServer server, string id, Func<Call, IResult> then) =>
        server.Calls.Find(id) is { } call
            ? then(call)
            : PhonesApi.Problem(404, "no such call, or of long ago");
}
