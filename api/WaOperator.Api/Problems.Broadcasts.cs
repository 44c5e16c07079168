namespace WaOperator.Api;

/// <content>Broadcasts.</content>
internal static partial class Problems
{
    /// <summary>A broadcast that is not there.</summary>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">The session's name.</param>
    /// <param name="id">Its id.</param>
    public static ProblemAnswer NoBroadcast(string ns, string name, string id) =>
        new(
            404,
            "unknown-broadcast",
            "No such broadcast",
            $"{ns}/{name} has no broadcast {id}, or its retention has passed"
        );

    /// <summary>A broadcast with the id says something else.</summary>
    /// <param name="id">The id.</param>
    public static ProblemAnswer BroadcastTaken(string id) =>
        new(
            409,
            "id-taken",
            "The id is taken",
            $"another broadcast of this session has the id {id}"
        );

    /// <summary>A broadcast is in a state in which that cannot be done.</summary>
    /// <param name="id">The broadcast.</param>
    /// <param name="detail">Its state, and what to do.</param>
    public static ProblemAnswer BroadcastNotNow(string id, string detail) =>
        new(409, "broadcast-state", "Not in this state", $"the broadcast {id} {detail}");

    /// <summary>The session has as many broadcasts as it may have.</summary>
    /// <param name="most">How many.</param>
    public static ProblemAnswer TooManyBroadcasts(int most) =>
        new(
            409,
            "too-many-broadcasts",
            "Too many broadcasts",
            $"the session has {most} broadcasts, as many as it may have; delete some that are over"
        );

    /// <summary>The broadcast would have more recipients than it may have.</summary>
    /// <param name="most">How many it may have.</param>
    /// <param name="has">How many it has.</param>
    public static ProblemAnswer TooManyRecipients(int most, int has) =>
        new(
            409,
            "too-many-recipients",
            "Too many recipients",
            $"a broadcast may have {most} recipients; this one has {has}, so none of these was added"
        );

    /// <summary>The body is not lines of JSON.</summary>
    public static ProblemAnswer NotLines() =>
        new(
            415,
            "media-type",
            "Not NDJSON",
            "send a JSON object a line in UTF-8, with \"Content-Type: application/x-ndjson\""
        );

    /// <summary>It is not known whether a broadcast was changed.</summary>
    public static ProblemAnswer MaybeBroadcast() =>
        new(
            503,
            "outcome-unknown",
            "Not known whether it was done",
            "the database went away meanwhile; ask again: what was done already is not done a second time"
        )
        {
            Retryable = true,
        };
}
