using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>What endpoints that ask WhatsApp's server may answer beside success, for the description of the API.</summary>
internal static class RouteExtensions
{
    private static readonly int[] OfQuestions = [400, 403, 404, 409, 422, 429, 502, 503, 504];
    private static readonly int[] OfChanges = [400, 403, 404, 409, 415, 422, 429, 502, 503];

    /// <summary>Describes an endpoint that changes nothing.</summary>
    public static RouteHandlerBuilder Asks(this RouteHandlerBuilder endpoint) =>
        endpoint.Refuses(OfQuestions);

    /// <summary>Describes an endpoint that changes something.</summary>
    public static RouteHandlerBuilder Changes(this RouteHandlerBuilder endpoint) =>
        endpoint.Refuses(OfChanges);
}
