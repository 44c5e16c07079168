namespace WaOperator.Api;

/// <content>Messages.</content>
internal static partial class Problems
{
    /// <summary>A part of the body is wrong.</summary>
    /// <param name="pointer">Where: a JSON pointer as a URI fragment.</param>
    /// <param name="detail">What is wrong; names the field.</param>
    public static ProblemAnswer Bad(string pointer, string detail) =>
        new(400, "invalid-body", "Invalid request", detail) { Errors = [new(pointer, detail)] };

    /// <summary>A part of the body asks for what cannot be done.</summary>
    /// <param name="pointer">Where: a JSON pointer as a URI fragment.</param>
    /// <param name="detail">What; names the field.</param>
    public static ProblemAnswer NotSupported(string pointer, string detail) =>
        new(501, "not-supported", "Not supported", detail) { Errors = [new(pointer, detail)] };

    /// <summary>A message names another one that is not known.</summary>
    /// <param name="pointer">Where in the body.</param>
    /// <param name="id">The other one's id.</param>
    public static ProblemAnswer UnknownMessage(string pointer, string id)
    {
        var detail =
            $"the session has not seen a message {id}, or its retention has passed; describe it: {{\"id\", \"chat\", \"from\", \"text\"}} in place of its id";
        return new(404, "unknown-message", "No such message", detail)
        {
            Errors = [new(pointer, detail)],
        };
    }

    /// <summary>A message of a chat by which a place in it is named is not known there.</summary>
    /// <param name="pointer">Where in the body.</param>
    /// <param name="id">The message's id.</param>
    public static ProblemAnswer NotInChat(string pointer, string id)
    {
        var detail =
            $"the session has not seen a message {id} in this chat, or its retention has passed; GET .../messages with this chat lists those that it has";
        return new(404, "unknown-message", "No such message", detail)
        {
            Errors = [new(pointer, detail)],
        };
    }

    /// <summary>A message by whose id a chat is named is not known.</summary>
    /// <param name="pointer">Where in the body.</param>
    /// <param name="id">The message's id.</param>
    public static ProblemAnswer NotReceived(string pointer, string id)
    {
        var detail =
            $"the session has not received a message {id}, or its retention has passed; name the \"chat\" itself";
        return new(404, "unknown-message", "No such message", detail)
        {
            Errors = [new(pointer, detail)],
        };
    }

    /// <summary>A chat that the session has no messages of.</summary>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">The session's name.</param>
    public static ProblemAnswer NoChat(string ns, string name) =>
        new(
            404,
            "unknown-chat",
            "No such chat",
            $"{ns}/{name} has had no message of this chat since it keeps chats; it may be written to all the same"
        );

    /// <summary>A message names a file that is not known.</summary>
    /// <param name="pointer">Where in the body.</param>
    /// <param name="id">The file's id.</param>
    public static ProblemAnswer NoMedia(string pointer, string id)
    {
        var detail = $"the session has no file {id}, or its retention has passed; upload it again";
        return new(404, "unknown-media", "No such file", detail)
        {
            Errors = [new(pointer, detail)],
        };
    }

    /// <summary>The key of a request was used for another one.</summary>
    public static ProblemAnswer KeyOfAnother() =>
        new(
            422,
            "idempotency-mismatch",
            "The key was used for another message",
            "the Idempotency-Key belongs to a message that says something else; use a key of its own for each message"
        );

    /// <summary>A message has come too far to be changed.</summary>
    /// <param name="id">The message.</param>
    /// <param name="detail">How far it has come, and what was still possible before.</param>
    public static ProblemAnswer TooLate(string id, string detail) =>
        new(
            409,
            "too-late",
            "The message cannot be changed any more",
            $"the message {id} {detail}"
        );

    /// <summary>It is not known whether messages were queued again.</summary>
    public static ProblemAnswer MaybeRetried() =>
        new(
            503,
            "outcome-unknown",
            "Not known whether they were queued",
            "the database went away meanwhile; ask again: a message that was queued already is not queued a second time"
        )
        {
            Retryable = true,
        };

    /// <summary>It is not known whether a change was made.</summary>
    /// <param name="id">The message.</param>
    public static ProblemAnswer MaybeChanged(string id) =>
        new(
            503,
            "outcome-unknown",
            "Not known whether it was changed",
            $"the database went away meanwhile; get the message {id} to see, and ask again if need be"
        )
        {
            Retryable = true,
        };
}
