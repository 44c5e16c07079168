using System.Security.Cryptography;
using WaOperator.WhatsApp.AppState;

namespace WaOperator.WhatsApp.Tests.AppState;

public sealed class ValueMacsTests
{
    [Fact]
    public void After_random_patches_the_hash_is_that_of_what_is_in_force()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        var random = new Random(seed);
        var (stored, hash) = (new Dictionary<string, byte[]>(), new byte[LtHash.Size]);
        for (var patch = 0; patch < 50; patch++)
        {
            var expected = new Dictionary<string, byte[]>(stored);
            var unknown = 0;
            var macs = new ValueMacs(stored);
            for (var mutation = random.Next(1, 8); mutation > 0; mutation--)
            {
                var index = $"index {random.Next(6)}";
                if (random.Next(3) == 0)
                {
                    macs.Remove(hash, index);
                    unknown += expected.Remove(index) ? 0 : 1;
                    continue;
                }
                var valueMac = new byte[AppStateKeys.MacSize];
                random.NextBytes(valueMac);
                macs.Set(hash, index, valueMac);
                expected[index] = valueMac;
            }
            foreach (var (index, valueMac) in macs.Changed)
                if (valueMac is null)
                    stored.Remove(index);
                else
                    stored[index] = valueMac;

            var whole = new byte[LtHash.Size];
            foreach (var valueMac in stored.Values)
                LtHash.Add(whole, valueMac);
            stored.ShouldBe(expected, ignoreOrder: true, $"seed {seed}, patch {patch}");
            hash.ShouldBe(whole, $"seed {seed}, patch {patch}");
            macs.UnknownRemovals.ShouldBe(unknown, $"seed {seed}, patch {patch}");
        }
    }
}
