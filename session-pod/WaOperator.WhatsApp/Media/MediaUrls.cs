using System.Buffers.Text;

namespace WaOperator.WhatsApp.Media;

/// <summary>Addresses on the media hosts. Pure.</summary>
internal static class MediaUrls
{
    /// <summary>Where to POST a stored form: its name is its hash.</summary>
    public static Uri Upload(
        string scheme,
        string host,
        string auth,
        MediaKind kind,
        byte[] encSha256
    )
    {
        var token = Base64Url.EncodeToString(encSha256);
        return new(
            $"{scheme}://{host}/mms/{kind.MmsType()}/{token}?auth={Uri.EscapeDataString(auth)}&token={token}"
        );
    }

    /// <summary>Where to GET it.</summary>
    /// <remarks>
    /// A peer chooses the path, and might choose a whole address: of that only the path is used, and only on hosts
    /// that our own server names. A message can make us connect to nothing else.
    /// </remarks>
    /// <exception cref="MediaException">The reference has no usable path.</exception>
    public static Uri Download(string scheme, string host, MediaReference file)
    {
        var path = file.DirectPath ?? PathOf(file.Url);
        if (
            path is not ['/', not '/', ..]
            || path.Contains('\\', StringComparison.Ordinal)
            || !Uri.TryCreate($"{scheme}://{host}{path}", UriKind.Absolute, out var uri)
        )
            throw new MediaException("The message gives no usable address of its file.");
        var separator = uri.Query.Length > 0 ? '&' : '?';
        var hash = Base64Url.EncodeToString(file.FileEncSha256);
        return new(
            $"{scheme}://{host}{uri.PathAndQuery}{separator}hash={hash}&mms-type={file.Kind.MmsType()}&__wa-mms="
        );
    }

    private static string? PathOf(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri.PathAndQuery
            : null;
}
