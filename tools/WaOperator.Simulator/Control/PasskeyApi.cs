using System.Text.Json;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Phones;

namespace WaOperator.Simulator.Control;

/// <summary>What a browser is to have signed, and on which page; null: on WhatsApp's own.</summary>
internal sealed record SignRequest(string? Options, string? Origin);

/// <summary>The characters that the device shows.</summary>
internal sealed record ConfirmRequest(string? Code);

/// <summary>What the phone shows while a device is linked with the account's passkey.</summary>
internal sealed record PasskeyAnswer(bool Demanded, string? Code, bool Proved);

/// <summary>The passkey of a phone's account: signs, shows and compares the code.</summary>
internal static class PasskeyApi
{
    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapGet(
            "/phones/{number}/passkey",
            (string number) =>
                WithPasskey(server, number, (phone, _) => Results.Ok(Of(DemandOf(server, phone))))
        );
        app.MapPost(
            "/phones/{number}/passkey/sign",
            (string number, SignRequest request) =>
                WithPasskey(server, number, (_, passkey) => Sign(passkey, request))
        );
        app.MapPost(
            "/phones/{number}/passkey/confirm",
            (string number, ConfirmRequest request) =>
                WithPasskey(
                    server,
                    number,
                    (phone, _) => Confirm(DemandOf(server, phone), request.Code)
                )
        );
    }

    private static IResult Sign(Passkey passkey, SignRequest request)
    {
        try
        {
            return Results.Text(
                passkey.Sign(request.Options ?? "", request.Origin ?? Passkey.Origin),
                "application/json"
            );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return PhonesApi.Problem(400, $"options with a challenge expected: {e.Message}");
        }
    }

    private static IResult Confirm(PasskeyDemand? demand, string? code)
    {
        if (demand?.Code is not { } shown)
            return PhonesApi.Problem(409, "the phone shows no code");
        if ((code ?? "").Replace("-", "", StringComparison.Ordinal) != shown)
            return PhonesApi.Problem(409, "the phone shows another code");
        demand.Compared.TrySetResult();
        return Results.Ok(Of(demand));
    }

    private static PasskeyAnswer Of(PasskeyDemand? demand) =>
        new(demand is not null, demand?.Code, demand?.Proved ?? false);

    private static PasskeyDemand? DemandOf(WhatsAppServer server, Phone phone) =>
        server
            .Connections.Keys.Where(c => !c.Ended && c.Registration?.Passkey?.Phone == phone)
            .MaxBy(c => c.LastFrame.Ticks)
            ?.Registration!.Passkey;

    private static IResult WithPasskey(
        WhatsAppServer server,
        string number,
        Func<Phone, Passkey, IResult> then
    ) =>
        PhonesApi.WithPhone(
            server,
            number,
            phone =>
                phone.Passkey is { } passkey
                    ? then(phone, passkey)
                    : PhonesApi.Problem(409, "the phone's account has no passkey; PUT gives it one")
        );
}
