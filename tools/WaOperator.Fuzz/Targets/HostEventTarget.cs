using System.Text.Json;
using WaOperator.Fuzz.Mutations;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.Store;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// From an entry that a pod itself wrote into a journal to what tenants get. It refuses nothing: what cannot be read is told as such, and
/// whatever it answers is JSON.
/// </summary>
internal sealed class HostEventTarget : Target
{
    private static readonly HostEvent[] Samples =
    [
        new StatusChanged
        {
            Phase = SessionPhase.Reconnecting,
            Reason = "ConnectionLost",
            Message = "the server closed the connection",
            Paired = true,
            At = DateTimeOffset.UnixEpoch,
        },
        new PairingStepped
        {
            Step = PairingStep.Code,
            Method = "QR",
            Number = 1,
            Of = 6,
            Expires = DateTimeOffset.UnixEpoch,
            At = DateTimeOffset.UnixEpoch,
        },
        new PairingStepped
        {
            Step = PairingStep.Error,
            Reason = "PairingExpired",
            Message = "x",
            At = DateTimeOffset.UnixEpoch,
        },
        new LimitReached
        {
            Limit = ReachedLimit.Minute,
            Allowed = 60,
            RetryAt = DateTimeOffset.UnixEpoch,
            Message = "x",
            At = DateTimeOffset.UnixEpoch,
        },
        new BroadcastProgress("b1", "nov", "Stopped", "Timelocked", 7, new(1, 1, 1, 1, 1, 1, 1)),
    ];

    public override string Name => "host-event";

    public override Input Make(Random random)
    {
        var kind = random.Next(Samples.Length);
        var stored = JournalCodec.Encode(Samples[kind]).Bytes;
        if (random.Next(4) > 0)
            stored = JsonMutation.Change(random, stored);
        if (random.Next(4) == 0)
            stored = ByteMutation.Change(random, stored, stored);
        return new(stored, kind);
    }

    public override void Parse(Input input)
    {
        var type = Samples[input.Kind].Type;
        var e = JournalCodec.Decode(type, input.Bytes);
        using var json = JsonDocument.Parse(TenantEvents.Convert(e, 1).Json);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidOperationException("the answer is not an object");
        var (again, bytes) = JournalCodec.Encode(e);
        if (again != type || JournalCodec.Decode(type, bytes).Type != e.Type)
            throw new InvalidOperationException("written again it is another event");
    }

    public override bool IsRefusal(Exception exception) => false;

    public override long MaxAllocated(Input input) => 64 * 1024 + 512L * input.Bytes.Length;
}
