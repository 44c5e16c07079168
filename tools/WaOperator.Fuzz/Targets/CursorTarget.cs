using System.Text;
using WaOperator.Fuzz.Mutations;
using WaOperator.Gateway.Streams;

namespace WaOperator.Fuzz.Targets;

/// <summary>Cursors of a stream of all sessions, as a client gives them back. Any text is one, which is then written the same, or none.</summary>
internal sealed class CursorTarget : Target
{
    public override string Name => "cursor";

    public override Input Make(Random random)
    {
        var seen = new Dictionary<long, long>();
        for (var i = random.Next(20); i > 0; i--)
            seen[random.NextInt64(1, long.MaxValue >> random.Next(62))] = random.NextInt64(
                long.MaxValue >> random.Next(62)
            );
        var text = Encoding.ASCII.GetBytes(
            new StreamCursor(random.NextInt64(2_000_000_000_000), seen).Write()
        );
        return new(random.Next(2) == 0 ? ByteMutation.Change(random, text, text) : text);
    }

    public override void Parse(Input input)
    {
        if (StreamCursor.Read(Encoding.Latin1.GetString(input.Bytes)) is not { } cursor)
            throw new RefusedException("not a cursor");
        if (
            StreamCursor.Read(cursor.Write()) is not { } again
            || again.Since != cursor.Since
            || !again.Seen.OrderBy(s => s.Key).SequenceEqual(cursor.Seen.OrderBy(s => s.Key))
        )
            throw new InvalidOperationException("written again it is another cursor");
    }

    public override bool IsRefusal(Exception exception) => exception is RefusedException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;
}
