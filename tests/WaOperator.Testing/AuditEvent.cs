using System.Text.Json;

namespace WaOperator.Testing;

/// <summary>A request in the API server's audit log.</summary>
/// <param name="Verb">Such as <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>.</param>
/// <param name="User">Who asked.</param>
/// <param name="UserAgent">With what program.</param>
/// <param name="Resource">Such as <c>pods</c>; empty for what is no resource.</param>
/// <param name="Subresource">Such as <c>status</c>; empty for none.</param>
/// <param name="Namespace">Empty for none or all.</param>
/// <param name="Name">Empty for collections.</param>
/// <param name="Code">The HTTP status of the answer.</param>
/// <param name="Uri">Path and query.</param>
/// <param name="Stage"><c>ResponseStarted</c> (watches) or <c>ResponseComplete</c>.</param>
public sealed record AuditEvent(
    string Verb,
    string User,
    string UserAgent,
    string Resource,
    string Subresource,
    string Namespace,
    string Name,
    int Code,
    string Uri,
    string Stage
)
{
    /// <summary>Whether the request could change something.</summary>
    public bool IsWrite => Verb is not ("get" or "list" or "watch");

    /// <summary>Whether the whole state was asked for and given: by a list, or by a watch that begins with it.</summary>
    public bool ReadsState =>
        Code == 200
        && (
            Verb == "list"
            || Verb == "watch"
                && Stage == "ResponseStarted"
                && Uri.Contains("sendInitialEvents=true", StringComparison.Ordinal)
        );

    internal static AuditEvent Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        return new(
            Text(root, "verb"),
            Text(root, "user", "username"),
            Text(root, "userAgent"),
            Text(root, "objectRef", "resource"),
            Text(root, "objectRef", "subresource"),
            Text(root, "objectRef", "namespace"),
            Text(root, "objectRef", "name"),
            root.TryGetProperty("responseStatus", out var status)
            && status.TryGetProperty("code", out var code)
                ? code.GetInt32()
                : 0,
            Text(root, "requestURI"),
            Text(root, "stage")
        );
    }

    private static string Text(JsonElement at, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
            if (!at.TryGetProperty(step, out at))
                return "";
        return at.GetString() ?? "";
    }
}
