using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>The body of a request as one of the API's types.</summary>
/// <param name="Value">As it came; null for a refusal.</param>
/// <param name="Refusal">Why it was not read; null if it was.</param>
internal readonly record struct TypedBody<T>(T? Value, ProblemAnswer? Refusal)
    where T : class;

/// <summary>The body of a request, and what it asks for.</summary>
/// <param name="Request">As it came; not to be used with a refusal.</param>
/// <param name="Asked">What it asks for; not to be used with a refusal.</param>
/// <param name="Refusal">What is wrong with it; null if nothing is.</param>
internal readonly record struct AskedBody<T, TAsked>(
    T Request,
    TAsked Asked,
    ProblemAnswer? Refusal
);

/// <summary>Reads bodies of requests.</summary>
internal static class TypedBody
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the body of a request for a session.</summary>
    /// <param name="http">The request.</param>
    /// <param name="bodies">Counts what is read at once.</param>
    /// <param name="type">What is expected; fields that it does not have are refused.</param>
    public static async ValueTask<TypedBody<T>> ReadAsync<T>(
        HttpContext http,
        BodyShares bodies,
        JsonTypeInfo<T> type
    )
        where T : class
    {
        using var share = bodies.Of(http.OpenedSession().Tenant);
        var body = await JsonBody.ReadAsync(http.Request, share);
        return body.Refusal is { } refusal ? new(null, refusal) : Parse(body.Bytes, type);
    }

    /// <summary>Reads the body of a request for a session, and checks it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="bodies">Counts what is read at once.</param>
    /// <param name="type">What is expected; fields that it does not have are refused.</param>
    /// <param name="read">Reads what it asks for, and notes what is wrong.</param>
    public static async ValueTask<AskedBody<T, TAsked>> ReadAsync<T, TAsked>(
        HttpContext http,
        BodyShares bodies,
        JsonTypeInfo<T> type,
        Func<T, Faults, TAsked> read
    )
        where T : class
    {
        var body = await ReadAsync(http, bodies, type);
        if (body.Value is not { } request)
            return new(null!, default!, body.Refusal);
        var faults = new Faults();
        var asked = read(request, faults);
        return new(request, asked, faults.Problem);
    }

    /// <summary>Reads JSON in UTF-8. Pure: any bytes give a value or a refusal.</summary>
    public static TypedBody<T> Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.StartsWith(ByteOrderMark))
            body = body[ByteOrderMark.Length..];
        try
        {
            return JsonSerializer.Deserialize(body, type) is { } value
                ? new(value, null)
                : new(null, Problems.BadFields([new("#", "the body is null")]));
        }
        catch (JsonException e)
        {
            return new(null, Problems.BadFields([new(Faults.PointerOf(e.Path), e.Message)]));
        }
    }
}
