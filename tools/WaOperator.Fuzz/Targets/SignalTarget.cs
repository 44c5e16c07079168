using System.Security.Cryptography;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Signal messages of strangers and of peers who have our keys: the outside of both kinds of messages, messages on a running
/// session, group messages and the keys for them, some of them properly authenticated. Stored records, too.
/// </summary>
internal sealed class SignalTarget : Target
{
    private readonly SignalScene _scene = new();

    private enum Entrance
    {
        PreKeyMessage,
        Message,
        GroupMessage,
        GroupKey,
        Session,
        SenderKey,
    }

    public override string Name => "signal";

    public override Input Make(Random random)
    {
        var entrance = random.Next(100) switch
        {
            < 25 => Entrance.PreKeyMessage,
            < 55 => Entrance.Message,
            < 70 => Entrance.GroupMessage,
            < 80 => Entrance.GroupKey,
            < 90 => Entrance.Session,
            _ => Entrance.SenderKey,
        };
        var bytes = entrance switch
        {
            Entrance.PreKeyMessage => Body(random, _scene.PreKeyMessages, 0),
            Entrance.Message when random.Next(4) == 0 => _scene.Authentic(random),
            Entrance.Message => Body(random, _scene.Messages, WhisperMessage.MacSize),
            Entrance.GroupMessage when random.Next(4) == 0 => _scene.Signed(random),
            Entrance.GroupMessage => Body(random, _scene.GroupMessages, XEdDsa.SignatureSize),
            Entrance.GroupKey => Body(random, _scene.GroupKeys, 0),
            Entrance.Session => Record(random, _scene.Sessions),
            _ => Record(random, _scene.SenderKeys),
        };
        return new(bytes, (int)entrance);
    }

    public override void Parse(Input input)
    {
        switch ((Entrance)input.Kind)
        {
            case Entrance.PreKeyMessage:
                _scene.ReadPreKeyMessage(input.Bytes);
                break;
            case Entrance.Message:
                _scene.ReadMessage(input.Bytes);
                break;
            case Entrance.GroupMessage:
                _scene.ReadGroupMessage(input.Bytes);
                break;
            case Entrance.GroupKey:
                _scene.ReadGroupKey(input.Bytes);
                break;
            case Entrance.Session:
                SessionStorage.ReadAny(input.Bytes).Dispose();
                break;
            default:
                SenderKeyRecord.Deserialize(input.Bytes).Dispose();
                break;
        }
    }

    public override bool IsRefusal(Exception exception) => exception is SignalException;

    // An accepted message may skip 2,000 others, and a group's 25,000, of which the keys of 2,000 are kept.
    public override long MaxAllocated(Input input) =>
        (Entrance)input.Kind switch
        {
            Entrance.Session or Entrance.SenderKey => 64 * 1024 + 128L * input.Bytes.Length,
            Entrance.GroupKey => 64 * 1024 + 16L * input.Bytes.Length,
            _ => 1024 * 1024 + 16L * input.Bytes.Length,
        };

    /// <summary>A version, protobuf, and a trailer, each of which may be damaged.</summary>
    private static byte[] Body(Random random, IReadOnlyList<byte[]> corpus, int trailer)
    {
        var original = corpus[random.Next(corpus.Count)];
        if (random.Next(3) == 0)
            return ByteMutation.Change(random, original, corpus[random.Next(corpus.Count)]);
        byte[] changed =
        [
            original[0],
            .. ProtoMutation.Change(random, original[1..^trailer]),
            .. original[^trailer..],
        ];
        return changed;
    }

    private static byte[] Record(Random random, IReadOnlyList<byte[]> corpus)
    {
        var original = corpus[random.Next(corpus.Count)];
        return random.Next(3) == 0
            ? ByteMutation.Change(random, original, corpus[random.Next(corpus.Count)])
            : ProtoMutation.Change(random, original);
    }
}
