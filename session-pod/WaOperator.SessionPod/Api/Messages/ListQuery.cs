using System.Buffers.Binary;
using System.Buffers.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Which messages a list is to show, and from where on. Pure.</summary>
/// <param name="Chat">Of this chat only; null: of all.</param>
/// <param name="State">In this state only; null: in any.</param>
/// <param name="Limit">Messages in a page, 1 to 100.</param>
/// <param name="After">Continues behind it; null: from the beginning.</param>
internal sealed record ListQuery(Jid? Chat, OutboxState? State, int Limit, OutboxCursor? After)
{
    private const int HistoryCursorSize = 1 + sizeof(long);
    private const int PastCursorSize = HistoryCursorSize + sizeof(long);

    private const int CursorSize = 16;

    /// <summary>Reads the query of a request.</summary>
    /// <returns>The query, or what is wrong with it.</returns>
    public static (ListQuery? Query, ProblemAnswer? Wrong) Read(IQueryCollection given)
    {
        foreach (var name in given.Keys)
            if (name is not ("chat" or "state" or "limit" or "after"))
                return (
                    null,
                    Problems.Bad($"there is no \"{name}\"; a list has chat, state, limit and after")
                );
        try
        {
            var query = new ListQuery(
                Text(given, "chat") is { } chat ? Fields.Address(chat, "#/chat") : null,
                Text(given, "state") is { } state ? StateOf(state) : null,
                Text(given, "limit") is { } limit ? LimitOf(limit) : Paging.DefaultLimit,
                null
            );
            return (
                Text(given, "after") is not { } after ? query
                : query.HistoryOf is null ? query with { After = CursorOf(after) }
                : query with { From = HistoryCursorOf(after) },
                null
            );
        }
        catch (BodyFaultException e)
        {
            return (null, Problems.Bad(e.Fault.Detail));
        }
    }

    /// <summary>The chat whose history is asked for, received messages included; null: messages of the outbox are.</summary>
    public Jid? HistoryOf => State is null ? Chat : null;

    /// <summary>Where the history continues.</summary>
    public HistoryCursor From { get; private init; } = HistoryCursor.Start;

    /// <summary>Whether a message is asked for.</summary>
    public bool Fits(StoredMessage message) =>
        (State is null || message.State == State)
        && (Chat is not { } chat || ChatNames.Same(Jid.Parse(message.Message.Chat), chat));

    /// <summary>A cursor as clients see it.</summary>
    public static string TextOf(OutboxCursor cursor)
    {
        var bytes = new byte[CursorSize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, cursor.SettledAt?.UtcTicks ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(long)), cursor.Seq);
        return Base64Url.EncodeToString(bytes);
    }

    /// <inheritdoc cref="TextOf(OutboxCursor)"/>
    public static string TextOf(HistoryCursor cursor)
    {
        var bytes = new byte[
            cursor.Shelf == HistoryShelf.Past ? PastCursorSize : HistoryCursorSize
        ];
        bytes[0] = (byte)cursor.Shelf;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), cursor.Before);
        if (cursor.Shelf == HistoryShelf.Past)
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(HistoryCursorSize), cursor.Seq);
        return Base64Url.EncodeToString(bytes);
    }

    private static string? Text(IQueryCollection given, string name) =>
        given[name] is [{ Length: > 0 } text] ? text
        : given[name].Count == 0 ? null
        : throw Fields.Wrong($"#/{name}", Paging.NotOnce(name));

    private static OutboxState StateOf(string text) =>
        Enum.GetValues<OutboxState>().Where(s => s.ToString() == text) is var found && found.Any()
            ? found.First()
            : throw Fields.Wrong(
                "#/state",
                $"\"state\" is one of {string.Join(", ", Enum.GetNames<OutboxState>())}"
            );

    private static int LimitOf(string text) =>
        Paging.TryLimit(text, out var limit)
            ? limit
            : throw Fields.Wrong("#/limit", Paging.WrongLimit);

    private static OutboxCursor CursorOf(string text)
    {
        Span<byte> bytes = stackalloc byte[CursorSize];
        if (
            !Paging.TryCursor(text, bytes)
            || BinaryPrimitives.ReadInt64BigEndian(bytes) is not (>= 0 and var ticks)
            || ticks > DateTimeOffset.MaxValue.UtcTicks
        )
            throw WrongCursor();
        return new(
            ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero),
            BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(long)..])
        );
    }

    private static HistoryCursor HistoryCursorOf(string text)
    {
        Span<byte> bytes = stackalloc byte[PastCursorSize];
        var isPast = Paging.TryCursor(text, bytes);
        if (!isPast && !Paging.TryCursor(text, bytes[..HistoryCursorSize]))
            throw WrongCursor();
        var cursor = new HistoryCursor(
            (HistoryShelf)bytes[0],
            BinaryPrimitives.ReadInt64BigEndian(bytes[1..]),
            isPast ? BinaryPrimitives.ReadInt64BigEndian(bytes[HistoryCursorSize..]) : 0
        );
        return cursor.IsValid && isPast == (cursor.Shelf == HistoryShelf.Past)
            ? cursor
            : throw WrongCursor();
    }

    private static BodyFaultException WrongCursor() => Fields.Wrong("#/after", Paging.WrongCursor);
}
