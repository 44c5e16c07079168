using System.Security.Cryptography;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Binary;

public sealed class VectorTests
{
    [Fact]
    public void Nodes_are_written_byte_for_byte_as_Baileys_writes_them()
    {
        var vectors = Vector.Read("nodes.json");
        vectors.Count.ShouldBeGreaterThan(90);
        foreach (var vector in vectors)
        {
            var wire = BinaryEncoder.Encode(Nodes.FromJson(vector));
            if (vector.TryGetProperty("sha256", out var hash))
                Convert.ToHexStringLower(SHA256.HashData(wire)).ShouldBe(hash.GetString());
            else
                Convert
                    .ToHexString(wire)
                    .ShouldBe(Convert.ToHexString(vector.Bytes("wire")), vector.ToString());
        }
    }

    [Fact]
    public void Nodes_written_by_Baileys_are_read_as_what_they_were()
    {
        foreach (
            var vector in Vector.Read("nodes.json").Where(v => v.TryGetProperty("wire", out _))
        )
            Nodes
                .Show(BinaryDecoder.Decode(vector.Bytes("wire")))
                .ShouldBe(Nodes.Show(Nodes.FromJson(vector)));
    }
}
