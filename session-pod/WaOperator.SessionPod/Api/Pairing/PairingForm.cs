using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>A form in which a pairing can be had.</summary>
internal enum PairingForm
{
    /// <summary>None that the client takes.</summary>
    None,

    /// <summary>As it is now.</summary>
    Json,

    /// <summary>Each change of it until its end.</summary>
    Stream,

    /// <summary>The QR code as a picture.</summary>
    Png,
}

/// <summary>Which form a client wants. Pure.</summary>
internal static class PairingForms
{
    /// <summary>Media types of the forms, for people.</summary>
    public const string Offered = "application/json, text/event-stream, image/png";

    /// <summary>The form that the client likes most; JSON when it does not say, or cannot be understood.</summary>
    /// <param name="accept">The header as it came.</param>
    public static PairingForm Choose(StringValues accept)
    {
        if (
            !MediaTypeHeaderValue.TryParseList(accept, out var wanted)
            || wanted is not { Count: > 0 }
        )
            return PairingForm.Json;
        return wanted
            .Where(type => type.Quality is not 0)
            .OrderByDescending(type => type.Quality ?? 1)
            .Select(FormOf)
            .FirstOrDefault(form => form != PairingForm.None);
    }

    private static PairingForm FormOf(MediaTypeHeaderValue type) =>
        type.MediaType.Value?.ToUpperInvariant() switch
        {
            "*/*" or "APPLICATION/*" or "APPLICATION/JSON" => PairingForm.Json,
            "TEXT/*" or "TEXT/EVENT-STREAM" => PairingForm.Stream,
            "IMAGE/*" or "IMAGE/PNG" => PairingForm.Png,
            _ => PairingForm.None,
        };
}
