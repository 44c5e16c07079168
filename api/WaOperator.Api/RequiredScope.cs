using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using WaOperator.Domain;

namespace WaOperator.Api;

/// <summary>What a key must be allowed for at an endpoint.</summary>
/// <param name="Scope">One of <see cref="ApiScopes"/>; null: any key that opens the session will do.</param>
internal sealed record RequiredScope(string? Scope);

/// <summary>Scopes of endpoints.</summary>
internal static class RequiredScopeExtensions
{
    /// <summary>Lets only keys in that may be used for that.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="scope">One of <see cref="ApiScopes"/>.</param>
    public static TBuilder Requiring<TBuilder>(this TBuilder endpoint, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequiredScope(scope));

    /// <summary>Lets any key in that opens the session, whatever it may be used for.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static TBuilder RequiringAnyKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequiredScope(null));

    /// <summary>What a key must be allowed for at the request's endpoint; null for nothing in particular.</summary>
    public static string? ScopeOfEndpoint(this HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope;
}
