using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Api;
using WaOperator.Gateway.Options;

namespace WaOperator.Gateway.Sessions;

/// <summary>A request's body that was read, or why it was not.</summary>
/// <param name="Value">What it says; null for a refusal.</param>
/// <param name="Bytes">As they came.</param>
/// <param name="Refusal">Why it was not read; null if it was.</param>
internal readonly record struct ReadBody<T>(T? Value, byte[] Bytes, ProblemAnswer? Refusal)
    where T : class;

/// <summary>Reads bodies of requests about sessions.</summary>
internal sealed class SessionBody(GatewayOptions options)
{
    private readonly BodyShares _shares = new(options.MaxBodiesMiB, options.MaxTenantBodiesMiB);

    /// <summary>Reads one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tenant">Whose share it takes.</param>
    /// <param name="type">What it should be.</param>
    /// <param name="absent">What no body at all says; null: there must be one.</param>
    public async Task<ReadBody<T>> ReadAsync<T>(
        HttpRequest request,
        long tenant,
        JsonTypeInfo<T> type,
        T? absent = null
    )
        where T : class
    {
        if (absent is not null && request is { ContentLength: null or 0, ContentType: null })
            return new(absent, [], null);
        using var share = _shares.Of(tenant);
        var body = await JsonBody.ReadAsync(request, share);
        if (body.Refusal is { } refusal)
            return new(null, [], refusal);
        return TryRead(body.Bytes, type, out var value, out var wrong)
            ? new(value, body.Bytes, null)
            : new(null, [], Problems.Bad(wrong!));
    }

    /// <summary>Reads JSON. Pure.</summary>
    /// <param name="json">Any bytes.</param>
    /// <param name="type">What they should say.</param>
    /// <param name="value">What they say; null for what cannot be read.</param>
    /// <param name="wrong">What is wrong; null for nothing.</param>
    public static bool TryRead<T>(
        ReadOnlySpan<byte> json,
        JsonTypeInfo<T> type,
        out T? value,
        out string? wrong
    )
        where T : class
    {
        value = null;
        wrong = null;
        try
        {
            value = JsonSerializer.Deserialize(json, type);
            if (value is null)
                wrong = "the body is null; it must be an object";
        }
        catch (JsonException e)
        {
            wrong = e.Path is { Length: > 1 } path
                ? $"the body is wrong at {path}: it has no such field, has it twice, or its value is of another type; see /openapi/v1.json"
                : "the body is not a JSON object in UTF-8 of the fields that /openapi/v1.json has";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which is no text.
            wrong = "the body holds text that is not Unicode";
        }
        return wrong is null;
    }
}
