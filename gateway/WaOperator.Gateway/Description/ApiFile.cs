using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace WaOperator.Gateway.Description;

/// <summary>
/// The description of all that a tenant can call, by whatever it is answered. It is a file that was made from the endpoints of gateway and
/// pods: a gateway serves it while no pod runs. A test makes it again and compares.
/// </summary>
internal static class ApiFile
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>Maps the path.</summary>
    public static void MapApiFile(this WebApplication app)
    {
        var file = Read();
        var tag = new EntityTagHeaderValue(
            $"\"{Convert.ToHexStringLower(SHA256.HashData(file))}\""
        );
        app.MapGet(
                Path,
                (HttpContext http) =>
                {
                    http.Response.Headers.CacheControl = "no-cache";
                    return Results.Bytes(file, "application/json", entityTag: tag);
                }
            )
            .ExcludeFromDescription();
    }

    /// <summary>The file.</summary>
    public static byte[] Read()
    {
        using var stream =
            typeof(ApiFile).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("openapi.json is not in the program");
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
