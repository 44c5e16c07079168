using System.Text.Json;
using WaOperator.Api;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Batches: a message in each line of the body, a line in the answer for each.</summary>
/// <param name="sending">Has them accepted.</param>
internal sealed class BatchSending(Sending sending)
{
    /// <summary>The media type of the answer.</summary>
    public const string MediaType = "application/x-ndjson";

    /// <summary>Lines of a batch at most.</summary>
    public const int MaxLines = 1000;

    /// <summary>Has the lines of a body accepted: those to one chat one after the other, different chats at once.</summary>
    /// <param name="http">The request.</param>
    /// <param name="tenure">What it is served from.</param>
    /// <param name="session">The session that sends.</param>
    /// <param name="body">The body.</param>
    /// <param name="ct">Ends the wait, not the taking.</param>
    /// <returns>The answer.</returns>
    public async Task<IResult> SendAsync(
        HttpContext http,
        ApiTenure tenure,
        IServedSession session,
        byte[] body,
        CancellationToken ct
    )
    {
        var lines = Cut(body);
        if (lines.Count > MaxLines)
            return Problems.Bad($"a batch has up to {MaxLines} lines; this one has {lines.Count}");
        var answers = new Task<LineAnswer>[lines.Count];
        var last = new Dictionary<string, Task>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            var (number, part) = lines[i];
            if (!Outgoing.TryRead(body.AsSpan(part), out var draft, out var wrong))
            {
                answers[i] = Task.FromResult<LineAnswer>(
                    new(Refused(http, number, wrong.ToProblem()), null)
                );
                continue;
            }
            var chat = draft.To.ToString();
            var before = last.GetValueOrDefault(chat) ?? Task.CompletedTask;
            last[chat] = answers[i] = SendAsync(http, tenure, session, draft, number, before, ct);
        }
        var all = await Task.WhenAll(answers);
        RateLimitFields.Write(
            http.Response,
            RateLimitFields.AfterAll(all.Select(a => a.Limits)),
            session.Tokens
        );
        return Results.Stream(stream => WriteAsync(stream, all.Select(a => a.Line), ct), MediaType);
    }

    /// <summary>The lines that are not empty, with their numbers from 1. Pure.</summary>
    internal static IReadOnlyList<(int Number, Range Part)> Cut(ReadOnlySpan<byte> body)
    {
        var lines = new List<(int, Range)>();
        var number = 0;
        foreach (var part in body.Split((byte)'\n'))
        {
            number++;
            if (!body[part].Trim(" \t\r"u8).IsEmpty)
                lines.Add((number, part));
        }
        return lines;
    }

    private async Task<LineAnswer> SendAsync(
        HttpContext http,
        ApiTenure tenure,
        IServedSession session,
        Draft draft,
        int number,
        Task before,
        CancellationToken ct
    )
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answer = await sending.SendAsync(tenure, session, draft, byKey: false, ct);
        return new(
            answer.Problem is { } problem
                ? Refused(http, number, problem)
                : new(number, StatusCodes.Status202Accepted, answer.Message),
            answer.Limits
        );
    }

    private static BatchLine Refused(HttpContext http, int number, ProblemAnswer problem) =>
        new(number, problem.Status, Problem: problem.Describe(http));

    private static async Task WriteAsync(
        Stream stream,
        IEnumerable<BatchLine> lines,
        CancellationToken ct
    )
    {
        using var text = new MemoryStream();
        foreach (var line in lines)
        {
            JsonSerializer.Serialize(text, line, MessageJson.Default.BatchLine);
            text.WriteByte((byte)'\n');
        }
        await stream.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), ct);
    }

    private readonly record struct LineAnswer(BatchLine Line, LimitReading? Limits);
}
