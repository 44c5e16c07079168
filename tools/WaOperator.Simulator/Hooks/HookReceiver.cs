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

/// <summary>
/// A tenant's endpoint for webhooks: takes posts to /hooks/NAME and remembers the last of each name, or counts them.
/// </summary>
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

    /// <summary>Posts to a name are counted from now on, and no longer remembered.</summary>
    /// <returns>False: there are too many names.</returns>
    public bool Count(string name)
    {
        if (Get(name) is not { } hook)
            return false;
        lock (hook.Posts)
        {
            hook.Tally = new();
            hook.Posts.Clear();
        }
        return true;
    }

    /// <summary>Whether posts to a name get no answer at all from now on.</summary>
    /// <returns>False: there are too many names.</returns>
    public bool Silence(string name, bool silent)
    {
        if (Get(name) is not { } hook)
            return false;
        lock (hook.Posts)
            hook.Silent = silent;
        return true;
    }

    /// <summary>What was counted; null: it is not.</summary>
    public Tally? TallyOf(string name)
    {
        if (!_hooks.TryGetValue(name, out var hook))
            return null;
        lock (hook.Posts)
            return hook.Tally?.Read();
    }

    /// <summary>Counts how long posts to a name take from now on.</summary>
    public void TimeAgain(string name)
    {
        if (_hooks.TryGetValue(name, out var hook))
            lock (hook.Posts)
                hook.Tally?.ForgetTimes();
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
        bool silent;
        lock (hook.Posts)
        {
            silent = hook.Silent;
            if (silent || !Is2xx(hook.Status))
                hook.Tally?.Refuse();
            else
                hook.Tally?.Take(http.Request.Headers["webhook-id"], body, time.GetUtcNow());
            if (hook.Tally is null)
                Remember(hook, http.Request, body);
            http.Response.StatusCode = hook.Status;
        }
        if (silent)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Remember(Hook hook, HttpRequest request, string body)
    {
        if (hook.Posts.Count == MaxPosts)
            hook.Posts.Dequeue();
        hook.Posts.Enqueue(new(time.GetUtcNow(), hook.Status, HeadersOf(request), body));
    }

    private static bool Is2xx(int status) => status is >= 200 and <= 299;

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

        public bool Silent { get; set; }

        public Queue<HookPost> Posts { get; } = [];

        public HookTally? Tally { get; set; }
    }
}
