using System.Text.Json;

namespace WaOperator.Gateway.Audit;

/// <summary>What a request calls.</summary>
/// <param name="Id">The <c>operationId</c> of the API's description, or <see cref="Operations.Unknown"/>.</param>
/// <param name="NamesSubject">Its path names what it is about, behind the session and the kind.</param>
internal readonly record struct Operation(string Id, bool NamesSubject);

/// <summary>The operations of the API's description, found by how they are called. Also those that pods answer are known so.</summary>
internal sealed class Operations
{
    /// <summary>What no description has.</summary>
    public const string Unknown = "unknown";

    // v1/sessions/{namespace}/{name}/messages/{id}
    private const int Subject = 5;

    private readonly record struct Pattern(string Id, string[] Segments);

    private readonly Dictionary<(string Method, int Length), List<Pattern>> _operations = [];

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private Operations() { }

    /// <summary>Their ids.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>Reads them from a description.</summary>
    /// <param name="description">An OpenAPI document; each operation has an <c>operationId</c>.</param>
    public static Operations Read(ReadOnlyMemory<byte> description)
    {
        using var document = JsonDocument.Parse(description);
        var read = new Operations();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        foreach (var method in path.Value.EnumerateObject())
            if (method.Value.TryGetProperty("operationId", out var id))
                read.Add(method.Name, path.Name, id.GetString()!);
        return read;
    }

    /// <summary>What a request calls. Pure.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Its path, decoded.</param>
    public Operation Find(string method, string path)
    {
        var segments = Split(path);
        var known = HttpMethods.IsHead(method) ? HttpMethods.Get : method.ToUpperInvariant();
        if (!_operations.TryGetValue((known, segments.Length), out var candidates))
            return new(Unknown, false);
        foreach (var candidate in candidates)
            if (Matches(candidate.Segments, segments))
                return new(
                    candidate.Id,
                    segments.Length > Subject && IsOpen(candidate.Segments[Subject])
                );
        return new(Unknown, false);
    }

    private void Add(string method, string path, string id)
    {
        var segments = Split(path);
        var key = (method.ToUpperInvariant(), segments.Length);
        if (!_operations.TryGetValue(key, out var there))
            _operations[key] = there = [];
        there.Add(new(id, segments));
        _ids.Add(id);
        // A segment that is spelled out is meant before one that may be anything.
        there.Sort((a, b) => Open(a).CompareTo(Open(b)));

        static int Open(Pattern operation) => operation.Segments.Count(IsOpen);
    }

    private static bool Matches(string[] pattern, string[] segments)
    {
        for (var i = 0; i < pattern.Length; i++)
            if (
                !IsOpen(pattern[i])
                && !pattern[i].Equals(segments[i], StringComparison.OrdinalIgnoreCase)
            )
                return false;
        return true;
    }

    private static bool IsOpen(string segment) => segment is ['{', ..];

    private static string[] Split(string path) => path.Trim('/').Split('/');
}
