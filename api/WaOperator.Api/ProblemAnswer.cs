using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace WaOperator.Api;

/// <summary>What went wrong, for people and programs (RFC 9457).</summary>
/// <param name="Type">Which kind of error it is, for programs: <c>urn:wa:problem:</c> and a slug.</param>
/// <param name="Title">In a few words.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">What to do about it.</param>
/// <param name="Retryable">Whether the same request may succeed later, after Retry-After where that is given.</param>
/// <param name="Instance">Names this request in the logs.</param>
/// <param name="Errors">Which parts of the body are wrong.</param>
/// <param name="Owner">The pod that runs the session: host and port of its API.</param>
internal sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Detail,
    bool Retryable,
    string? Instance = null,
    IReadOnlyList<ProblemError>? Errors = null,
    string? Owner = null
);

/// <summary>A part of the body that is wrong.</summary>
/// <param name="Pointer">Where: a JSON pointer as a URI fragment.</param>
/// <param name="Detail">What is wrong.</param>
internal sealed record ProblemError(string Pointer, string Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : JsonSerializerContext;

/// <summary>An error as application/problem+json. The texts are in <see cref="Problems"/>.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="slug">The kind, as it ends <see cref="Problem.Type"/>.</param>
/// <param name="title">In a few words.</param>
/// <param name="detail">What to do about it.</param>
internal sealed class ProblemAnswer(int status, string slug, string title, string detail) : IResult
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>How types of problems begin.</summary>
    public const string TypePrefix = "urn:wa:problem:";

    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>The kind.</summary>
    public string Slug => slug;

    /// <summary>What to do about it.</summary>
    public string Detail => detail;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>When to try again; null where that is of no use.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How to authenticate; null where that is not what is missing.</summary>
    public string? Challenge { get; init; }

    /// <summary>The pod that runs the session: host and port of its API.</summary>
    public string? Owner { get; init; }

    /// <summary>Which parts of the body are wrong.</summary>
    public IReadOnlyList<ProblemError>? Errors { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = $"{(long)Math.Ceiling(wait.TotalSeconds)}";
        if (Challenge is not null)
            response.Headers.WWWAuthenticate = Challenge;
        return response.WriteAsJsonAsync(
            Describe(httpContext),
            ProblemJson.Default.Problem,
            MediaType
        );
    }

    /// <summary>As it stands in an answer to a request.</summary>
    public Problem Describe(HttpContext http) =>
        new(
            TypePrefix + slug,
            title,
            status,
            detail,
            Retryable,
            Instance: $"/v1/requests/{http.TraceIdentifier}",
            Errors,
            Owner
        );
}
