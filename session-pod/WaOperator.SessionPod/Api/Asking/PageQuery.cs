using System.Buffers.Binary;
using System.Buffers.Text;
using WaOperator.Api;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>Which page of a list is asked for: ?limit= and ?after=. Pure.</summary>
/// <param name="Limit">Entries in a page, 1 to 100.</param>
/// <param name="After">What another page ended with; empty: from the beginning.</param>
internal sealed record PageQuery(int Limit, byte[] After)
{
    private const int ChatCursorSize = sizeof(long) + RecordName.Size;

    /// <summary>Reads the query of a request whose cursors are names.</summary>
    public static (PageQuery? Query, ProblemAnswer? Wrong) Read(IQueryCollection given) =>
        Read(given, RecordName.Size);

    /// <summary>Reads the query of a request whose cursors are chats.</summary>
    public static (PageQuery? Query, ProblemAnswer? Wrong) ReadChats(IQueryCollection given)
    {
        var (query, wrong) = Read(given, ChatCursorSize);
        return
            query is { After: { Length: > 0 } after }
            && BinaryPrimitives.ReadInt64BigEndian(after) is var ticks
            && (ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks)
            ? (null, WrongCursor())
            : (query, wrong);
    }

    /// <summary>The cursor as a name; null: from the beginning.</summary>
    public RecordName? AfterName => After.Length == 0 ? null : RecordName.From(After);

    /// <summary>The cursor as a chat; null: from the beginning.</summary>
    public ChatCursor? AfterChat =>
        After.Length == 0
            ? null
            : new(
                new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(After), TimeSpan.Zero),
                RecordName.From(After.AsSpan(sizeof(long)))
            );

    /// <summary>A name as clients see it.</summary>
    public static string TextOf(RecordName name) => Base64Url.EncodeToString(name.ToBytes());

    /// <summary>A chat as clients see it.</summary>
    public static string TextOf(ChatCursor chat)
    {
        var bytes = new byte[ChatCursorSize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, chat.At.UtcTicks);
        chat.Chat.ToBytes().CopyTo(bytes.AsSpan(sizeof(long)));
        return Base64Url.EncodeToString(bytes);
    }

    private static (PageQuery? Query, ProblemAnswer? Wrong) Read(IQueryCollection given, int size)
    {
        foreach (var (name, values) in given)
            if (name is not ("limit" or "after"))
                return (
                    null,
                    Problems.Bad($"there is no \"{name}\"; this list has limit and after")
                );
            else if (values is not [{ Length: > 0 }])
                return (null, Problems.Bad(Paging.NotOnce(name)));
        var limit = Paging.DefaultLimit;
        if (given["limit"] is [{ } most] && !Paging.TryLimit(most, out limit))
            return (null, Problems.Bad(Paging.WrongLimit));
        if (given["after"] is not [{ } text])
            return (new(limit, []), null);
        var after = new byte[size];
        return Paging.TryCursor(text, after) ? (new(limit, after), null) : (null, WrongCursor());
    }

    private static ProblemAnswer WrongCursor() => Problems.Bad(Paging.WrongCursor);
}
