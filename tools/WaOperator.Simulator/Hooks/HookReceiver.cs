using System.Collections.Concurrent;
using System.Text;

namespace WaOperator.Simulator.Hooks;

/// <summary>A post that came in.</summary>
/// <param name="At">When.</param>
/// <param name="Status">How it was answered.</param>
/// <param name="Headers">Those of webhooks and the content's type.</param>
/// <param name="Body">As it came.</param>
internal sealed record HookPost(
    DateTimeOffset At,
    int Status,
    IReadOnlyDictionary<string, string> Headers,
    string Body
);

/// <summary>A tenant's endpoint for webhooks: takes posts to /hooks/NAME and remembers the last of each name.</summary>
internal sealed class HookReceiver(TimeProvider time)
{
    /// <summary>Names at most.</summary>
    public const int MaxNames = 64;

    /// <summary>Posts of a name that are remembered.</summary>
    public const int MaxPosts = 1000;

    private const int MaxBody = 1024 * 1024;
    private const string Path = "/hooks";

    private readonly ConcurrentDictionary<string, Hook> _hooks = new(StringComparer.Ordinal);

    /// <summary>Whether a request is for an endpoint.</summary>
    public static bool IsHook(HttpRequest request) =>
        request.Path.StartsWithSegments(Path, StringComparison.Ordinal);

    /// <summary>What came to a name; null: nothing is known of it.</summary>
    public (int Status, IReadOnlyList<HookPost> Posts)? Of(string name)
    {
        if (!_hooks.TryGetValue(name, out var hook))
            return null;
        lock (hook.Posts)
            return (hook.Status, [.. hook.Posts]);
    }

    /// <summary>How posts to a name are answered from now on.</summary>
    /// <returns>False: there are too many names.</returns>
    public bool Answer(string name, int status)
    {
        if (Get(name) is not { } hook)
            return false;
        lock (hook.Posts)
            hook.Status = status;
        return true;
    }

    /// <summary>Forgets a name.</summary>
    public void Forget(string name) => _hooks.TryRemove(name, out _);

    /// <summary>Takes a post.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        var name = http.Request.Path.Value![Path.Length..].Trim('/');
        if (
            !HttpMethods.IsPost(http.Request.Method)
            || name.Length == 0
            || Get(name) is not { } hook
        )
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (http.Request.ContentLength is not (>= 0 and <= MaxBody))
        {
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        lock (hook.Posts)
        {
            if (hook.Posts.Count == MaxPosts)
                hook.Posts.Dequeue();
            hook.Posts.Enqueue(new(time.GetUtcNow(), hook.Status, HeadersOf(http.Request), body));
            http.Response.StatusCode = hook.Status;
        }
    }

    private static Dictionary<string, string> HeadersOf(HttpRequest request) =>
        request
            .Headers.Where(h =>
                h.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)
                || h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)
            )
            .ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());

    private Hook? Get(string name) =>
        _hooks.TryGetValue(name, out var there) ? there
        : _hooks.Count < MaxNames ? _hooks.GetOrAdd(name, static _ => new())
        : null;

    private sealed class Hook
    {
        public int Status { get; set; } = StatusCodes.Status204NoContent;

        public Queue<HookPost> Posts { get; } = [];
    }
}
