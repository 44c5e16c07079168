using System.Security.Cryptography;
using WaOperator.Simulator.Wire;

namespace WaOperator.Simulator.Accounts;

/// <summary>The picture of an account or a group.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Jpeg">The picture as it was set; there is no smaller form of it here.</param>
internal sealed record Picture(string Id, byte[] Jpeg)
{
    /// <summary>A picture with a new id.</summary>
    public static Picture Of(byte[] jpeg) =>
        new(Stanzas.Text(RandomNumberGenerator.GetInt32(1_000_000_000, int.MaxValue)), jpeg);
}
