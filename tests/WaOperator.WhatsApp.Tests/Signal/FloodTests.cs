using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Tests.Signal;

/// <summary>Many messages both ways at once, as a bad network brings them: each that arrives is read, and once only.</summary>
public sealed class FloodTests
{
    private const int Messages = 600;

    /// <summary>More would let a message come after the peer's ratchet has turned more often than chains are kept.</summary>
    private const int MostOvertaken = 3;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_that_arrives_is_read_once(bool bothBegin)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var (anna, ben) = (new Party(), new Party());
        anna.Begin(ben.Bundle());
        if (bothBegin)
            ben.Begin(anna.Bundle());
        else
            ben.ReadText(anna.Write("hello")).ShouldBe("hello");
        var (toBen, toAnna) = (new Link(random), new Link(random));
        var (sent, read) = (0, 0);
        try
        {
            while (sent < Messages || !toBen.IsEmpty || !toAnna.IsEmpty)
            {
                var (from, to, link) =
                    random.Next(2) == 0 ? (anna, ben, toBen) : (ben, anna, toAnna);
                if (sent < Messages && random.Next(2) == 0)
                {
                    var text = $"message {sent++}";
                    link.Send(text, from.Write(text));
                }
                else if (link.Deliver() is var (text, letter))
                {
                    to.ReadText(letter).ShouldBe(text);
                    read++;
                    if (random.Next(10) == 0)
                        to.Refuses(letter).ShouldBe(SignalFailure.DuplicateMessage);
                }
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, after {read} of {sent}", e);
        }
        read.ShouldBe(sent - toBen.Lost - toAnna.Lost, $"seed {seed}");
        read.ShouldBeGreaterThan(Messages / 2, $"seed {seed}");
        anna.Record!.ArchivedCount.ShouldBeLessThanOrEqualTo(1);
        anna.Record.SkippedKeys.ShouldBeLessThanOrEqualTo(toAnna.Lost);
    }

    [Fact]
    public void Sessions_that_both_began_become_one()
    {
        var (anna, ben) = (new Party(), new Party());
        anna.Begin(ben.Bundle());
        ben.Begin(anna.Bundle(oneTime: false));
        Letter[] fromAnna = [anna.Write("a1"), anna.Write("a2")];
        Letter[] fromBen = [ben.Write("b1"), ben.Write("b2")];
        ben.ReadText(fromAnna[1]).ShouldBe("a2");
        anna.ReadText(fromBen[0]).ShouldBe("b1");
        ben.ReadText(fromAnna[0]).ShouldBe("a1");
        anna.ReadText(fromBen[1]).ShouldBe("b2");
        for (var i = 0; i < 10; i++)
        {
            var (to, back) = (anna.Write($"to {i}"), ben.Write($"back {i}"));
            to.IsPreKeyMessage.ShouldBeFalse();
            ben.ReadText(to).ShouldBe($"to {i}");
            anna.ReadText(back).ShouldBe($"back {i}");
        }
        // One speaks after the other from here on, and both are in one session.
        ben.ReadText(anna.Write("last")).ShouldBe("last");
        anna.ReadText(ben.Write("answer")).ShouldBe("answer");
        anna.Record!.Current.BaseKey.ShouldBe(ben.Record!.Current.BaseKey);
    }

    /// <summary>One way of a network that loses and swaps.</summary>
    private sealed class Link(Random random)
    {
        private readonly List<(string Text, Letter Letter, int Overtaken)> _under = [];

        public int Lost { get; private set; }

        public bool IsEmpty => _under.Count == 0;

        public void Send(string text, Letter letter)
        {
            if (random.Next(20) == 0)
                Lost++;
            else
                _under.Add((text, letter, 0));
        }

        public (string Text, Letter Letter)? Deliver()
        {
            if (IsEmpty)
                return null;
            var late = _under.FindIndex(letter => letter.Overtaken == MostOvertaken);
            var at = late < 0 ? random.Next(Math.Min(_under.Count, MostOvertaken)) : late;
            var (text, letter, _) = _under[at];
            _under.RemoveAt(at);
            for (var i = 0; i < at; i++)
                _under[i] = _under[i] with { Overtaken = _under[i].Overtaken + 1 };
            return (text, letter);
        }
    }
}
