using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Phones;
using WaOperator.Simulator.Storage;

namespace WaOperator.Simulator.Control;

/// <summary>What to scan.</summary>
internal sealed record ScanRequest(string? Qr);

/// <summary>What to type in: 8 characters, a hyphen or not.</summary>
internal sealed record EnterCodeRequest(string? Code);

/// <summary>Which device to unlink; null: all.</summary>
internal sealed record UnlinkRequest(ushort? Device);

/// <summary>How a phone is to be; null: as it is.</summary>
internal sealed record PhoneRequest(
    string? Name,
    int? MaxDevices,
    string? GroupsBy,
    bool? JoinsByInviteOnly,
    bool? Passkey,
    bool? AppState
);

/// <summary>The phones: list, make, scan, unlink, install again, forget.</summary>
internal static class PhonesApi
{
    public static void Map(
        IEndpointRouteBuilder app,
        WhatsAppServer server,
        PhoneUser user,
        StateFolder folder
    )
    {
        app.MapGet(
            "/phones",
            () =>
                server
                    .Directory.Phones.OrderBy(p => p.Number, StringComparer.Ordinal)
                    .Select(p => PhoneAnswer.Of(p, server.Options))
        );
        app.MapGet(
            "/phones/{number}",
            (string number) =>
                WithPhone(server, number, p => Results.Ok(PhoneAnswer.Of(p, server.Options)))
        );
        app.MapPut(
            "/phones/{number}",
            (string number, PhoneRequest request) => Put(server, number, request)
        );
        app.MapPost(
            "/phones/{number}/scan",
            (string number, ScanRequest request) =>
                LinkAsync(server, number, phone => user.ScanAsync(phone, request.Qr))
        );
        app.MapPost(
            "/phones/{number}/enter-code",
            (string number, EnterCodeRequest request) =>
                LinkAsync(server, number, phone => user.EnterCodeAsync(phone, request.Code))
        );
        app.MapPost(
            "/phones/{number}/unlink",
            (string number, UnlinkRequest request) => Unlink(server, user, number, request.Device)
        );
        app.MapPost(
            "/phones/{number}/reinstall",
            (string number) =>
                WithPhone(
                    server,
                    number,
                    phone =>
                    {
                        user.Reinstall(phone);
                        return Results.Ok(PhoneAnswer.Of(phone, server.Options));
                    }
                )
        );
        app.MapDelete(
            "/phones/{number}",
            (string number) => WithPhone(server, number, p => Delete(server, user, folder, p))
        );
    }

    private static IResult Put(WhatsAppServer server, string number, PhoneRequest request)
    {
        if (!AccountDirectory.IsNumber(number))
            return Problem(
                400,
                $"'{number}' is not a phone number: 6 to 15 digits, without + and leading 0"
            );
        if (request.MaxDevices is < 1 or > 90)
            return Problem(400, "maxDevices must be from 1 to 90");
        if (request.GroupsBy is not (null or "lid" or "pn"))
            return Problem(400, "groupsBy must be lid or pn");
        if (request.AppState == false)
            return Problem(501, "a phone's state is not taken away; delete the phone");
        var phone = server.Directory.GetOrAdd(number);
        if (request.GroupsBy is { } mode)
            phone.GroupsByLid = mode == "lid";
        phone.Name = request.Name ?? phone.Name;
        phone.MaxDevices = request.MaxDevices ?? phone.MaxDevices;
        phone.JoinsByInviteOnly = request.JoinsByInviteOnly ?? phone.JoinsByInviteOnly;
        if (request.Passkey is { } passkey)
            phone.Passkey = passkey ? phone.Passkey ?? new() : null;
        phone.Changed();
        if (request.AppState == true)
            server.States.Enable(phone);
        return Results.Ok(PhoneAnswer.Of(phone, server.Options));
    }

    private static async Task<IResult> LinkAsync(
        WhatsAppServer server,
        string number,
        Func<Phone, Task<(Device? Device, ScanFailure? Failure)>> link
    )
    {
        if (!AccountDirectory.IsNumber(number))
            return Problem(
                400,
                $"'{number}' is not a phone number: 6 to 15 digits, without + and leading 0"
            );
        var phone = server.Directory.GetOrAdd(number);
        var (device, failure) = await link(phone);
        return failure switch
        {
            null => Results.Ok(DeviceAnswer.Of(device!)),
            ScanFailure.NoCode => Problem(
                400,
                "the text is not a linking code: reference,noise key,identity key,secret expected, perhaps behind a URL; or 8 characters to be typed in"
            ),
            ScanFailure.Expired => Problem(
                410,
                "no device waits with this code: it has expired, was used, or is of another server"
            ),
            ScanFailure.OtherDevice => Problem(
                409,
                "the keys in the code are not those of the device that waits with its reference"
            ),
            ScanFailure.WrongCode => Problem(
                403,
                "the code that was typed in is not the one that the device shows"
            ),
            ScanFailure.TooMany => Problem(
                409,
                $"the phone has linked {phone.Devices.Length} devices, as many as it may; unlink one"
            ),
            _ => Problem(
                504,
                "the device did not sign its identity; its connection has ended or it takes too long"
            ),
        };
    }

    private static IResult Unlink(
        WhatsAppServer server,
        PhoneUser user,
        string number,
        ushort? id
    ) =>
        WithPhone(
            server,
            number,
            phone =>
            {
                var devices = phone.Devices.Where(d => id is null || d.Id == id).ToList();
                if (devices.Count == 0)
                    return Problem(
                        404,
                        id is null
                            ? "the phone has no linked device"
                            : $"the phone has no linked device {id}"
                    );
                foreach (var device in devices)
                    user.Unlink(device);
                return Results.Ok(PhoneAnswer.Of(phone, server.Options));
            }
        );

    private static IResult Delete(
        WhatsAppServer server,
        PhoneUser user,
        StateFolder folder,
        Phone phone
    )
    {
        foreach (var device in phone.Devices)
            user.Unlink(device);
        server.Directory.Forget(phone);
        folder.Delete(phone);
        return Results.NoContent();
    }

    internal static IResult WithPhone(
        WhatsAppServer server,
        string number,
        Func<Phone, IResult> then
    ) =>
        server.Directory.TryGet(number, out var phone)
            ? then(phone)
            : Problem(404, "no phone with this number; scanning with it or PUT makes it");

    internal static IResult Problem(int status, string detail) =>
        Results.Problem(detail, statusCode: status);
}
