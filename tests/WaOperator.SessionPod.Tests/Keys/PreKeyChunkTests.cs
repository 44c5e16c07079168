using WaOperator.SessionPod.Keys;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Keys;

public sealed class PreKeyChunkTests
{
    private static PreKey[] Keys(params uint[] ids) =>
        [.. ids.Select(i => new PreKey(i, KeyPair.Generate()))];

    private static uint[] Range(uint first, uint last) =>
        [.. Enumerable.Range((int)first, (int)(last - first + 1)).Select(i => (uint)i)];

    [Fact]
    public void Cuts_at_gaps_and_at_the_limit()
    {
        var chunks = PreKeyChunk.Cut(Keys([.. Range(1, 70), .. Range(100, 101)])).ToArray();
        chunks.Select(PreKeyChunk.IdOf).ShouldBe(["1-64", "65-70", "100-101"]);
        PreKeyChunk.Cut([]).ShouldBeEmpty();
    }

    [Fact]
    public void Reads_what_it_wrote_and_zeroes_the_bytes()
    {
        var keys = Keys(5, 6, 7);
        var bytes = PreKeyChunk.Write(keys);
        var read = PreKeyChunk.Read(bytes);
        read.Select(k => k.Id).ShouldBe([5u, 6u, 7u]);
        for (var i = 0; i < 3; i++)
        {
            read[i].Key.Private.ShouldBe(keys[i].Key.Private);
            read[i].Key.Public.ShouldBe(keys[i].Key.Public);
        }
        bytes.ShouldAllBe(b => b == 0);
    }

    [Theory]
    [InlineData("1-64", 64, 64, true)]
    [InlineData("1-64", 65, 70, false)]
    [InlineData("65-70", 1, 64, false)]
    [InlineData("65-70", 60, 90, true)]
    [InlineData("1-64", 10, 12, true)]
    public void Knows_which_rows_a_reader_needs(string row, uint first, uint last, bool needed) =>
        PreKeyChunk.Overlaps(row, first, last).ShouldBe(needed);

    [Fact]
    public void Refuses_what_it_did_not_write()
    {
        Should.Throw<InvalidDataException>(() => PreKeyChunk.Read([2, 0, 0, 0, 1]));
        Should.Throw<InvalidDataException>(() => PreKeyChunk.Read([1, 0, 0, 0, 1, 9]));
        Should.Throw<InvalidDataException>(() => PreKeyChunk.Overlaps("twelve", 1, 2));
    }
}
