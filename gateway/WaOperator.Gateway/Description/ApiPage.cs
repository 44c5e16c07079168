using Scalar.AspNetCore;

namespace WaOperator.Gateway.Description;

/// <summary>
/// A page that shows the description of the API and lets people try it. Its script comes with the gateway; what it may load, and whom it
/// may call, is the gateway alone.
/// </summary>
internal static class ApiPage
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/docs";

    /// <summary>Maps the page and what belongs to it.</summary>
    public static void MapApiPage(this WebApplication app) =>
        app.MapScalarApiReference(
                Path,
                page =>
                {
                    page.Title = "WaOperator tenant API";
                    page.OpenApiRoutePattern = ApiFile.Path;
                    page.DynamicNonce = true;
                    // All that would call its maker's hosts.
                    page.HideClientButton()
                        .HideDeveloperTools()
                        .DisableAgent()
                        .DisableMcp()
                        .DisableTelemetry()
                        .DisableDefaultFonts();
                }
            )
            .Finally(endpoint =>
            {
                var show = endpoint.RequestDelegate!;
                endpoint.RequestDelegate = http =>
                {
                    http.Response.OnStarting(Confine, http);
                    return show(http);
                };
            });

    private static Task Confine(object state)
    {
        var http = (HttpContext)state;
        // One of the page's scripts stands in the page itself.
        var inPage = http.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce
            ? $" 'nonce-{nonce}'"
            : "";
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'{inPage}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return Task.CompletedTask;
    }
}
