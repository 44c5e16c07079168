namespace WaOperator.WhatsApp.Tests.Signal;

/// <summary>Small random damage.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                default:
                    var copied = bytes.GetRange(at, Math.Min(random.Next(1, 33), bytes.Count - at));
                    bytes.InsertRange(random.Next(bytes.Count), copied);
                    break;
            }
        }
        return [.. bytes];
    }
}
