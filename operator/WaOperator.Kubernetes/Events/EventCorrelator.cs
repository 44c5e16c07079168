using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Events;

/// <summary>What happened to an object, before it is an Event.</summary>
internal sealed record Occurrence(
    ObjectReference Regarding,
    string Type,
    string Reason,
    string Message
);

/// <summary>What to write.</summary>
/// <param name="Event">The event as it should be.</param>
/// <param name="IsNew">Create it; else the event of that name exists and only its count, time and message change.</param>
internal sealed record EventWrite(Event Event, bool IsNew);

/// <summary>Decides what becomes of an occurrence: a new event, one more of an event that exists, or nothing. Not thread-safe.</summary>
internal sealed class EventCorrelator(EventRecorderOptions options, TimeProvider time)
{
    private readonly record struct ObjectId(
        string? Kind,
        string? Namespace,
        string? Name,
        string? Uid
    );

    private readonly record struct Group(ObjectId Object, string Type, string Reason);

    private sealed record Similar(DateTimeOffset Since, HashSet<string> Messages);

    private readonly LruCache<ObjectId, (double Tokens, DateTimeOffset At)> _buckets = new(
        options.Memory
    );
    private readonly LruCache<Group, Similar> _similar = new(options.Memory);
    private readonly LruCache<(Group Group, string Message), Event> _written = new(options.Memory);

    /// <summary>The write that the occurrence asks for, or null when the object has had its share.</summary>
    public EventWrite? Correlate(Occurrence what)
    {
        var now = time.GetUtcNow();
        var of = what.Regarding;
        var id = new ObjectId(of.Kind, of.Namespace, of.Name, of.Uid);
        if (!TakeToken(id, now))
            return null;
        var group = new Group(id, what.Type, what.Reason);
        var combined = IsCrowded(group, what.Message, now);
        var message = combined ? $"(combined from similar events): {what.Message}" : what.Message;
        // All combined events are one, whatever their message.
        var key = (group, combined ? "" : what.Message);
        if (_written.TryGet(key, out var last) && now - last.LastTimestamp < options.Window)
        {
            var again = last with
            {
                Count = last.Count + 1,
                LastTimestamp = now,
                Message = message,
            };
            _written.Set(key, again);
            return new(again, IsNew: false);
        }
        var first = New(what, message, now);
        _written.Set(key, first);
        return new(first, IsNew: true);
    }

    private bool TakeToken(ObjectId id, DateTimeOffset now)
    {
        var bucket = _buckets.TryGet(id, out var b) ? b : (Tokens: options.Burst, At: now);
        var tokens = Math.Min(options.Burst, bucket.Tokens + (now - bucket.At) / options.Refill);
        var allowed = tokens >= 1;
        _buckets.Set(id, (allowed ? tokens - 1 : tokens, now));
        return allowed;
    }

    private bool IsCrowded(Group group, string message, DateTimeOffset now)
    {
        if (!_similar.TryGet(group, out var similar) || now - similar.Since > options.Window)
            _similar.Set(group, similar = new(now, new(StringComparer.Ordinal)));
        return !similar.Messages.Contains(message)
            && (similar.Messages.Count >= options.SimilarLimit || !similar.Messages.Add(message));
    }

    private Event New(Occurrence what, string message, DateTimeOffset now)
    {
        // The suffix makes the name unique; the whole must stay within the limit of names.
        var name = what.Regarding.Name is { Length: > 220 } full
            ? full[..220].TrimEnd('.', '-')
            : what.Regarding.Name;
        return new()
        {
            Metadata = new()
            {
                Name = $"{name}.{Guid.NewGuid().ToString("N")[..16]}",
                Namespace = what.Regarding.Namespace is { Length: > 0 } ns ? ns : "default",
            },
            InvolvedObject = what.Regarding,
            Type = what.Type,
            Reason = what.Reason,
            Message = message,
            Source = new() { Component = options.Component, Host = options.Instance },
            ReportingComponent = options.Component,
            ReportingInstance = options.Instance,
            Count = 1,
            FirstTimestamp = now,
            LastTimestamp = now,
        };
    }
}
