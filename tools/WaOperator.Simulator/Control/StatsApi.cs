using WaOperator.Simulator.Phones;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Storage;

namespace WaOperator.Simulator.Control;

/// <summary>What was done to the system under test.</summary>
internal sealed record MarkRequest(string? Label);

/// <summary>How many messages the journal keeps from now on.</summary>
internal sealed record JournalRequest(int Keep);

/// <summary>What to reset.</summary>
internal enum ResetForm
{
    /// <summary>Counts, gaps, events and the mark.</summary>
    Stats,

    /// <summary>Also faults, phones, devices, groups and connections.</summary>
    All,
}

/// <summary>What to reset.</summary>
internal sealed record ResetRequest(ResetForm What = ResetForm.Stats);

/// <summary>Health, counts, sessions, events, marks and reset.</summary>
internal static class StatsApi
{
    private const int MostEvents = 20_000;
    private const int MostMessages = 1_000_000;

    public static void Map(
        IEndpointRouteBuilder app,
        WhatsAppServer server,
        PhoneUser user,
        StateFolder folder
    )
    {
        app.MapGet(
            "/healthz",
            () =>
                Results.Ok(
                    new { status = "ok", rootKey = Convert.ToHexStringLower(server.RootPublic) }
                )
        );
        app.MapGet("/stats", () => StatsAnswer.Of(server));
        app.MapGet("/sessions", (string? number) => Sessions(server, number));
        app.MapGet(
            "/events",
            (long? after, int? limit) =>
                server.Ledger.Events(after ?? 0, Math.Clamp(limit ?? 1000, 1, MostEvents))
        );
        app.MapGet(
            "/messages",
            (long? since, int? limit, string? number) =>
                server
                    .Journal.Since(since ?? 0, Math.Clamp(limit ?? 1000, 1, MostMessages), number)
                    .Select(MessageAnswer.Of)
        );
        app.MapPut("/journal", (JournalRequest request) => KeepMessages(server, request.Keep));
        app.MapPost(
            "/mark",
            (MarkRequest request) => Results.Ok(Marked(server.Ledger.SetMark(request.Label)))
        );
        app.MapPost("/reset", (ResetRequest request) => Reset(server, user, folder, request.What));
    }

    private static IResult KeepMessages(WhatsAppServer server, int keep)
    {
        if (keep is < 0 or > MostMessages)
            return PhonesApi.Problem(400, $"keep must be from 0 to {MostMessages}");
        server.Journal.Keep = keep;
        return Results.NoContent();
    }

    private static object Marked(Mark mark) => new { at = mark.Stamp.At, label = mark.Label };

    private static IEnumerable<SessionAnswer> Sessions(WhatsAppServer server, string? number) =>
        server
            .Directory.Devices.Where(d => number is null || d.Phone.Number == number)
            .OrderBy(d => d.Phone.Number, StringComparer.Ordinal)
            .ThenBy(d => d.Id)
            .Select(d => SessionAnswer.Of(d, server.Clock));

    private static IResult Reset(
        WhatsAppServer server,
        PhoneUser user,
        StateFolder folder,
        ResetForm what
    )
    {
        if (what == ResetForm.All)
        {
            server.Faults.Clear();
            server.Media.Faults.Clear();
            server.Media.Store.Clear();
            server.Groups.Clear();
            foreach (var phone in server.Directory.Phones.ToList())
            {
                foreach (var device in phone.Devices)
                    user.Unlink(device);
                server.Directory.Forget(phone);
                folder.Delete(phone);
            }
            foreach (var connection in server.Connections.Keys)
                connection.Close(null);
        }
        foreach (var device in server.Directory.Devices)
        {
            lock (device.Gate)
                device.Record.Reset();
        }
        server.Ledger.Reset();
        server.Journal.Reset();
        return Results.NoContent();
    }
}
