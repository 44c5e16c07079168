namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Where a request came from, for the pod: the client's address behind those that it names itself, and the name and scheme that the gateway
/// was called by. Nothing is decided by them.
/// </summary>
internal static class ForwardedHeaders
{
    private const string For = "X-Forwarded-For";
    private const string Host = "X-Forwarded-Host";
    private const string Proto = "X-Forwarded-Proto";

    /// <summary>Sets them.</summary>
    public static void Set(HttpContext http, HttpRequestMessage request)
    {
        var address = http.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        string? before = http.Request.Headers[For];
        Replace(
            request,
            For,
            before is { Length: > 0 } ? $"{before}, {address}" : address?.ToString()
        );
        Replace(request, Host, http.Request.Host.Value);
        Replace(request, Proto, http.Request.Scheme);
    }

    private static void Replace(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (value is { Length: > 0 })
            request.Headers.TryAddWithoutValidation(name, value);
    }
}
