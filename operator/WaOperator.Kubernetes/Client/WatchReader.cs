using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>Reads a watch: one JSON document per line.</summary>
internal static class WatchReader
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream body,
        JsonTypeInfo<T> type,
        string request,
        [EnumeratorCancellation] CancellationToken ct
    )
        where T : class, IKubernetesObject
    {
        var pipe = PipeReader.Create(body, new(leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(ct);
                var rest = read.Buffer;
                while (TryLine(ref rest, out var line))
                    yield return Parse(line, type, request);
                pipe.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                    yield break;
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private static bool TryLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is not { } end)
            return false;
        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    private static WatchEvent<T> Parse<T>(
        ReadOnlySequence<byte> line,
        JsonTypeInfo<T> type,
        string request
    )
        where T : class, IKubernetesObject
    {
        var reader = new Utf8JsonReader(line);
        string? kind = null;
        Utf8JsonReader obj = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            if (isType)
                kind = reader.GetString();
            if (isObject)
                obj = reader;
            reader.Skip();
        }
        switch (kind)
        {
            case "ADDED":
                return Change(WatchEventType.Added, ref obj, type);
            case "MODIFIED":
                return Change(WatchEventType.Modified, ref obj, type);
            case "DELETED":
                return Change(WatchEventType.Deleted, ref obj, type);
            case "BOOKMARK":
                var meta = JsonSerializer
                    .Deserialize(ref obj, ClientJsonContext.Default.BookmarkObject)
                    ?.Metadata;
                var end = meta?.Annotations?.GetValueOrDefault(InitialEventsEnd) == "true";
                return new(WatchEventType.Bookmark, null, meta?.ResourceVersion ?? "", end);
            case "ERROR":
                throw new KubernetesException(
                    JsonSerializer.Deserialize(ref obj, CoreJsonContext.Default.Status) ?? new(),
                    request
                );
            default:
                throw new InvalidDataException(
                    $"{request}: an event of the unknown type \"{kind}\""
                );
        }
    }

    private static WatchEvent<T> Change<T>(
        WatchEventType what,
        ref Utf8JsonReader reader,
        JsonTypeInfo<T> type
    )
        where T : class, IKubernetesObject
    {
        var obj =
            JsonSerializer.Deserialize(ref reader, type)
            ?? throw new InvalidDataException("an event without an object");
        return new(what, obj, obj.Metadata.ResourceVersion ?? "");
    }
}
