using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>
/// Reads a list object by object as its bytes arrive. A server answers <c>resourceVersion=0</c> in one piece whatever
/// the page limit says; with 100,000 objects that is some hundred megabytes, which must never be in memory at once.
/// </summary>
internal static class ListReader
{
    public static async Task<KubernetesList<T>> ReadAsync<T>(
        Stream body,
        JsonTypeInfo<T> type,
        CancellationToken ct
    )
        where T : class
    {
        var parser = new Parser<T>(type);
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var read = await body.ReadAsync(buffer.AsMemory(length), ct);
            if (read == 0)
                throw new IOException("the list ended in the middle: the connection was cut");
            length += read;
            var consumed = parser.Parse(buffer.AsSpan(0, length));
            buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
            length -= consumed;
            if (parser.Done)
                return new(parser.Metadata, parser.Items);
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private sealed class Parser<T>(JsonTypeInfo<T> type)
        where T : class
    {
        private enum Place
        {
            Start,
            Fields,
            Items,
            End,
        }

        private Place _place;
        private JsonReaderState _state;

        public List<T> Items { get; } = [];
        public ListMeta Metadata { get; private set; } = new();
        public bool Done => _place == Place.End;

        /// <summary>Takes as many whole values as there are; returns the number of bytes that are done with.</summary>
        public int Parse(ReadOnlySpan<byte> bytes)
        {
            var reader = new Utf8JsonReader(bytes, isFinalBlock: false, _state);
            var consumed = 0;
            while (_place != Place.End && Step(ref reader))
            {
                consumed = (int)reader.BytesConsumed;
                _state = reader.CurrentState;
            }
            return consumed;
        }

        /// <summary>One value, or nothing (false) when it is not there as a whole.</summary>
        private bool Step(ref Utf8JsonReader reader)
        {
            if (!reader.Read())
                return false;
            switch (_place)
            {
                case Place.Start:
                    if (reader.TokenType != JsonTokenType.StartObject)
                        throw new InvalidDataException("the answer is no list");
                    _place = Place.Fields;
                    return true;
                case Place.Items when reader.TokenType == JsonTokenType.EndArray:
                    _place = Place.Fields;
                    return true;
                case Place.Items:
                    var probe = reader;
                    if (!probe.TrySkip())
                        return false;
                    if (JsonSerializer.Deserialize(ref reader, type) is { } item)
                        Items.Add(item);
                    return true;
                case Place.Fields when reader.TokenType == JsonTokenType.EndObject:
                    _place = Place.End;
                    return true;
                default:
                    return Field(ref reader);
            }
        }

        private bool Field(ref Utf8JsonReader reader)
        {
            var items = reader.ValueTextEquals("items"u8);
            var metadata = reader.ValueTextEquals("metadata"u8);
            if (!reader.Read())
                return false;
            if (items && reader.TokenType == JsonTokenType.StartArray)
            {
                _place = Place.Items;
                return true;
            }
            var probe = reader;
            if (!probe.TrySkip())
                return false;
            if (metadata)
                Metadata =
                    JsonSerializer.Deserialize(ref reader, CoreJsonContext.Default.ListMeta)
                    ?? new();
            else
                reader = probe;
            return true;
        }
    }
}
