using System.Buffers.Binary;
using System.Collections.Immutable;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.AppState;

/// <summary>The keys that the phone was asked for, and when: it is not asked for the same one again soon.</summary>
/// <param name="asked">Unix seconds by the key's name (<see cref="AppStateKeyring.Name"/>).</param>
internal sealed class AskedKeys(ImmutableDictionary<string, long> asked) : IRecord
{
    /// <summary>How many are remembered; the oldest go first.</summary>
    public const int Most = 64;

    /// <summary>Keys that are asked for in that time: the server may name any, each time another.</summary>
    public const int MostInTime = 16;

    /// <summary>How long the phone has to answer, as official clients do.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromHours(24);

    public static AskedKeys None { get; } = new(ImmutableDictionary<string, long>.Empty);

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static AskedKeys Deserialize(ReadOnlySpan<byte> bytes)
    {
        var asked = ImmutableDictionary.CreateBuilder<string, long>();
        while (!bytes.IsEmpty)
        {
            const int HeadSize = sizeof(long) + 1;
            if (bytes.Length < HeadSize || bytes.Length < HeadSize + bytes[HeadSize - 1])
                throw new InvalidDataException(
                    "The stored requests for keys of the app state are damaged."
                );
            var end = HeadSize + bytes[HeadSize - 1];
            asked[AppStateKeyring.Name(bytes[HeadSize..end])] = BinaryPrimitives.ReadInt64BigEndian(
                bytes
            );
            bytes = bytes[end..];
        }
        return new(asked.ToImmutable());
    }

    /// <summary>Whether the phone may be asked for a key now.</summary>
    public bool MayAsk(string name, DateTimeOffset now)
    {
        var since = now.ToUnixTimeSeconds() - (long)Again.TotalSeconds;
        return asked.TryGetValue(name, out var at)
            ? at <= since
            : asked.Count(one => one.Value > since) < MostInTime;
    }

    /// <summary>It is asked for a key now.</summary>
    public AskedKeys With(string name, DateTimeOffset now)
    {
        var all = asked.SetItem(name, now.ToUnixTimeSeconds());
        return new(
            all.Count <= Most
                ? all
                : all.OrderByDescending(pair => pair.Value).Take(Most).ToImmutableDictionary()
        );
    }

    public long HeldBytes => 64 + 160 * (long)asked.Count;

    public byte[] Serialize()
    {
        using var bytes = new MemoryStream();
        Span<byte> at = stackalloc byte[sizeof(long)];
        foreach (var (name, seconds) in asked)
        {
            var id = Convert.FromHexString(name);
            BinaryPrimitives.WriteInt64BigEndian(at, seconds);
            bytes.Write(at);
            bytes.WriteByte((byte)id.Length);
            bytes.Write(id);
        }
        return bytes.ToArray();
    }

    public void Dispose() { }
}
