using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Faults;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Control;

/// <summary>How connections are dropped.</summary>
internal enum DropForm
{
    /// <summary>The WebSocket is closed.</summary>
    Clean,

    /// <summary>The TCP connection is cut.</summary>
    Abrupt,

    /// <summary>The connection stays open, but the server neither reads nor answers.</summary>
    Freeze,

    /// <summary><c>stream:error code=...</c>, then closed.</summary>
    StreamError,
}

/// <summary>Which connections to drop (null: all), and how.</summary>
internal sealed record DropRequest(
    string? Number,
    ushort? Device,
    DropForm How = DropForm.Clean,
    int Code = 503
);

/// <summary>Which logins to refuse (null: all), how, for how long and how many.</summary>
internal sealed record RefuseRequest(
    string? Number,
    double? Seconds,
    int? Count,
    Dictionary<string, string>? Attributes,
    int Reason = 503,
    RefusalForm Form = RefusalForm.Failure
);

/// <summary>Which messages to refuse (null: of all phones), with what error, for how long and how many.</summary>
internal sealed record RefuseMessagesRequest(
    string? Number,
    double? Seconds,
    int? Count,
    int Error = 463
);

/// <summary>Retry receipts out of the blue: a peer that says again and again that it cannot decrypt.</summary>
internal sealed record RetryStormRequest(
    string? Number,
    ushort? Device,
    string? From,
    ushort FromDevice = 1,
    string? Id = null,
    int Count = 100,
    int Attempt = 1
);

/// <summary>How long acks of messages wait (0: not), for one phone or all.</summary>
internal sealed record DelayRequest(string? Number, int Milliseconds);

/// <summary>A message whose ciphertext no one can decrypt, for one device or all of a phone.</summary>
internal sealed record OpaqueRequest(
    string? From,
    ushort? Device,
    string? Id,
    int Count = 1,
    int Bytes = 100
);

/// <summary>Faults: drop, refuse, delay, opaque messages.</summary>
internal static class FaultsApi
{
    private const int MostMessages = 100_000;
    private const int MostBytes = 60_000;

    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapPost("/faults/drop", (DropRequest request) => Drop(server, request));
        app.MapPost("/faults/refuse", (RefuseRequest request) => Refuse(server, request));
        app.MapPost("/faults/delay-acks", (DelayRequest request) => DelayAcks(server, request));
        app.MapPost(
            "/faults/refuse-messages",
            (RefuseMessagesRequest request) => RefuseMessages(server, request)
        );
        app.MapPost(
            "/faults/retry-storm",
            (RetryStormRequest request) => RetryStorm(server, request)
        );
        app.MapDelete(
            "/faults",
            () =>
            {
                server.Faults.Clear();
                server.Media.Faults.Clear();
                return Results.NoContent();
            }
        );
        app.MapPost(
            "/phones/{number}/messages",
            (string number, OpaqueRequest request) =>
                PhonesApi.WithPhone(server, number, p => Send(server, p, request))
        );
    }

    private static IResult Drop(WhatsAppServer server, DropRequest request)
    {
        var dropped = 0;
        foreach (var device in server.Directory.Devices)
        {
            if (
                (request.Number is not null && device.Phone.Number != request.Number)
                || (request.Device is not null && device.Id != request.Device)
                || device.Connection is not { } connection
            )
            {
                continue;
            }
            dropped++;
            if (request.How == DropForm.Freeze)
            {
                connection.Frozen = true;
                continue;
            }
            server.Login.Detach(connection, device, Ending.Dropped);
            if (request.How == DropForm.Abrupt)
                connection.Abort();
            else
                connection.Close(
                    request.How == DropForm.StreamError ? Stanzas.StreamError(request.Code) : null
                );
        }
        return Results.Ok(new { dropped });
    }

    private static IResult Refuse(WhatsAppServer server, RefuseRequest request)
    {
        if (request.Reason is < 100 or > 999)
            return PhonesApi.Problem(
                400,
                "reason must be from 100 to 999, such as 401, 403, 405 or 503"
            );
        if (request.Seconds is <= 0 or > 86_400 || request.Count <= 0)
            return PhonesApi.Problem(
                400,
                "seconds must be above 0 and at most a day, count above 0; leave out what shall not limit"
            );
        Stamp? until = request.Seconds is { } seconds
            ? server.Clock.In(TimeSpan.FromSeconds(seconds))
            : null;
        server.Faults.Refuse(
            new Refusal(request.Number, request.Reason, request.Form, until)
            {
                Left = request.Count,
                Attributes = request.Attributes ?? [],
            }
        );
        return Results.NoContent();
    }

    private static IResult RefuseMessages(WhatsAppServer server, RefuseMessagesRequest request)
    {
        if (request.Error is < 100 or > 999)
            return PhonesApi.Problem(400, "error must be from 100 to 999, such as 463");
        if (request.Seconds is <= 0 or > 86_400 || request.Count <= 0)
            return PhonesApi.Problem(
                400,
                "seconds must be above 0 and at most a day, count above 0; leave out what shall not limit"
            );
        Stamp? until = request.Seconds is { } seconds
            ? server.Clock.In(TimeSpan.FromSeconds(seconds))
            : null;
        server.Faults.Refuse(
            new MessageRefusal(request.Number, request.Error, until) { Left = request.Count }
        );
        return Results.NoContent();
    }

    private static IResult RetryStorm(WhatsAppServer server, RetryStormRequest request)
    {
        if (
            request.Number is null
            || !server.Directory.TryGet(request.Number, out var phone)
            || !AccountDirectory.IsNumber(request.From ?? "")
            || request.Count is < 1 or > MostMessages
        )
            return PhonesApi.Problem(
                400,
                $"number must be a phone that is there, from a phone number, count from 1 to {MostMessages}"
            );
        var sender = server.Directory.GetOrAdd(request.From!);
        var devices = phone
            .Devices.Where(d => request.Device is null || d.Id == request.Device)
            .ToList();
        for (var i = 0; i < request.Count; i++)
        {
            var id = request.Id ?? "3EB0" + RandomNumberGenerator.GetHexString(18);
            foreach (var device in devices)
                device.Deliver(
                    new("receipt", id, sender.Number, RetryReceipt(server, sender, request, id))
                );
        }
        return Results.Ok(new { devices = devices.Count, receipts = request.Count });
    }

    private static BinaryNode RetryReceipt(
        WhatsAppServer server,
        Phone sender,
        RetryStormRequest request,
        string id
    ) =>
        new("receipt")
        {
            ["from"] = (sender.Jid with { Device = request.FromDevice }).ToString(),
            ["id"] = id,
            ["type"] = "retry",
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            Children =
            [
                new("retry")
                {
                    ["count"] = Stanzas.Text(request.Attempt),
                    ["id"] = id,
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    ["v"] = "1",
                },
                new("registration") { Bytes = [0, 0, 0, 1] },
            ],
        };

    private static IResult DelayAcks(WhatsAppServer server, DelayRequest request)
    {
        if (request.Milliseconds is < 0 or > 600_000)
            return PhonesApi.Problem(400, "milliseconds must be from 0 to 600000");
        server.Faults.DelayAcks(request.Number, TimeSpan.FromMilliseconds(request.Milliseconds));
        return Results.NoContent();
    }

    private static IResult Send(WhatsAppServer server, Phone phone, OpaqueRequest request)
    {
        var from = request.From ?? "49000000000";
        if (
            !AccountDirectory.IsNumber(from)
            || request.Count is < 1 or > MostMessages
            || request.Bytes is < 1 or > MostBytes
        )
            return PhonesApi.Problem(
                400,
                $"from must be a phone number, count from 1 to {MostMessages}, bytes from 1 to {MostBytes}"
            );
        var sender = server.Directory.GetOrAdd(from);
        var devices = phone
            .Devices.Where(d => request.Device is null || d.Id == request.Device)
            .ToList();
        var ids = new List<string>(request.Count);
        for (var i = 0; i < request.Count; i++)
        {
            var id =
                request.Id is { } given && request.Count == 1
                    ? given
                    : "3EB0" + RandomNumberGenerator.GetHexString(18);
            ids.Add(id);
            foreach (var device in devices)
                device.Deliver(new("message", id, from, Opaque(server, sender, id, request.Bytes)));
        }
        return Results.Ok(new { ids, devices = devices.Count });
    }

    private static BinaryNode Opaque(WhatsAppServer server, Phone sender, string id, int bytes) =>
        new("message")
        {
            ["from"] = sender.Jid.ToString(),
            ["id"] = id,
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            ["type"] = "text",
            ["notify"] = sender.Name,
            ["sender_lid"] = sender.Lid.ToString(),
            Children =
            [
                new("enc")
                {
                    ["v"] = "2",
                    ["type"] = "msg",
                    Bytes = RandomNumberGenerator.GetBytes(bytes),
                },
            ],
        };
}
