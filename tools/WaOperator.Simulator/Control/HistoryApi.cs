using WaOperator.Simulator.PhoneState;

namespace WaOperator.Simulator.Control;

/// <summary>The past that a phone is to have.</summary>
internal sealed record HistoryRequest(
    int? Seed,
    int? Chats,
    int? Messages,
    bool? Inline,
    bool? ByLid,
    bool? Overlaps,
    DateTimeOffset? Newest
);

/// <summary>A part that was announced.</summary>
internal sealed record AnnouncedAnswer(
    ushort Device,
    string Id,
    string Part,
    uint Chunk,
    uint Progress,
    bool Inline,
    string Request,
    int Chats,
    int Messages,
    int Names,
    IReadOnlyList<string> Receipts
);

/// <summary>A phone's past, and what it gave of it.</summary>
internal sealed record HistoryAnswer(
    int Chats,
    int Messages,
    int Requests,
    int StrayReceipts,
    IReadOnlyList<AnnouncedAnswer> Announced
);

/// <summary>The past of phones.</summary>
internal static class HistoryApi
{
    private const int MostChats = 1000;
    private const int MostMessages = 1000;
    private const int MostInAll = 100_000;
    private const int MostSeed = 999_999;

    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapPut(
            "/phones/{number}/history",
            (string number, HistoryRequest request) => Put(server, number, request)
        );
        app.MapGet("/phones/{number}/history", (string number) => Get(server, number));
    }

    private static IResult Put(WhatsAppServer server, string number, HistoryRequest request)
    {
        var (seed, chats, messages, newest) = (
            request.Seed ?? 1,
            request.Chats ?? 10,
            request.Messages ?? 20,
            request.Newest?.ToUnixTimeSeconds() ?? PhonePast.Newest
        );
        if (
            seed is < 0 or > MostSeed
            || chats is < 1 or > MostChats
            || messages is < 1 or > MostMessages
            || chats * messages > MostInAll
            || newest is < PhonePast.Newest or > uint.MaxValue
        )
            return PhonesApi.Problem(
                400,
                $"seed: 0 to {MostSeed}, chats: 1 to {MostChats}, messages (of each): 1 to {MostMessages}, at most {MostInAll} in all; newest: 2025-10-09T08:53:20Z to 2106"
            );
        return PhonesApi.WithPhone(
            server,
            number,
            phone =>
            {
                var state = server.States.Enable(phone);
                var past = PhonePast.Make(
                    seed,
                    chats,
                    messages,
                    request.Inline ?? false,
                    request.ByLid ?? false,
                    request.Overlaps ?? false,
                    newest
                );
                lock (state.Gate)
                {
                    // Those that are linked already are no new devices.
                    foreach (var device in phone.Devices)
                        past.Given.Add(device.Key);
                    phone.Past = past;
                }
                return Get(server, number);
            }
        );
    }

    private static IResult Get(WhatsAppServer server, string number) =>
        PhonesApi.WithPhone(
            server,
            number,
            phone =>
            {
                if (phone.Past is not { } past || phone.State is not { } state)
                    return PhonesApi.Problem(409, "the phone has no past: PUT it one");
                lock (state.Gate)
                    return Results.Ok(Of(past));
            }
        );

    private static HistoryAnswer Of(PhonePast past) =>
        new(
            past.Chats.Count,
            past.Chats.Sum(c => c.Messages.Count),
            past.Requests,
            past.StrayReceipts,
            [
                .. past.Announcements.Select(a => new AnnouncedAnswer(
                    a.Device,
                    a.Id,
                    a.Part.ToString(),
                    a.Chunk,
                    a.Progress,
                    a.Inline,
                    a.Request,
                    a.Chats,
                    a.Messages,
                    a.Names,
                    [.. a.Receipts]
                )),
            ]
        );
}
