using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WaOperator.Api;

/// <summary>Says in the description of the API which errors an endpoint answers with.</summary>
internal static class RefusalExtensions
{
    /// <summary>Adds problems of these statuses.</summary>
    public static RouteHandlerBuilder Refuses(
        this RouteHandlerBuilder endpoint,
        params ReadOnlySpan<int> statuses
    )
    {
        foreach (var status in statuses)
            endpoint.Produces<Problem>(status, ProblemAnswer.MediaType);
        return endpoint;
    }
}
