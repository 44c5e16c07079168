using System.Buffers;
using System.Text.Json;
using WaOperator.Api;

namespace WaOperator.Gateway.Forwarding;

/// <summary>The beginning of a pod's answer, or all of it.</summary>
/// <param name="Bytes">From the pool; to be given back.</param>
/// <param name="Length">How many of them are the answer's.</param>
/// <param name="IsWhole">Nothing follows.</param>
internal readonly record struct AnswerHead(byte[] Bytes, int Length, bool IsWhole) : IDisposable
{
    /// <summary>What of an answer is read before the client gets the first byte: up to there another pod may be asked.</summary>
    public const int Most = 64 * 1024;

    private const int Part = 4 * 1024;

    /// <summary>The bytes of the answer.</summary>
    public ReadOnlyMemory<byte> Memory => Bytes.AsMemory(0, Length);

    /// <summary>Reads to the end, or to <see cref="Most"/>.</summary>
    /// <exception cref="IOException">The pod was lost.</exception>
    public static async ValueTask<AnswerHead> ReadAsync(Stream body, CancellationToken ct)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Part);
        var length = 0;
        try
        {
            while (length < Most)
            {
                if (length == bytes.Length)
                    bytes = Grow(bytes);
                var read = await body.ReadAsync(bytes.AsMemory(length), ct);
                if (read == 0)
                    return new(bytes, length, true);
                length += read;
            }
            return new(bytes, length, false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(Bytes);

    private static byte[] Grow(byte[] bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes.Length * 4);
        bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }
}

/// <summary>What an answer says of the session's place.</summary>
internal static class PodAnswer
{
    private const string Moving = ProblemAnswer.TypePrefix + "moving";
    private const string StoreAway = ProblemAnswer.TypePrefix + "store-away";
    private const string Unknown = ProblemAnswer.TypePrefix + "outcome-unknown";

    /// <summary>
    /// Whether a pod says that it does not serve the session, or cannot at the moment what may be asked again; null if its answer is for
    /// the client. Pure.
    /// </summary>
    /// <param name="kind">What was asked.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="body">Of the answer; any bytes.</param>
    public static Outcome? Unserved(RequestKind kind, int status, ReadOnlySpan<byte> body) =>
        status switch
        {
            StatusCodes.Status421MisdirectedRequest => Outcome.NotOwner,
            StatusCodes.Status503ServiceUnavailable => (TypeOf(body), kind) switch
            {
                (Moving, _) => Outcome.Moving,
                (StoreAway, RequestKind.Read or RequestKind.Message) => Outcome.StoreAway,
                // Its id is fixed: whether the first was queued shows when it is asked again.
                (Unknown, RequestKind.Message) => Outcome.Lost,
                _ => null,
            },
            _ => null,
        };

    private static string? TypeOf(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ProblemJson.Default.Problem)?.Type;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
