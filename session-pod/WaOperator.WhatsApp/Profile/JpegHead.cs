using System.Buffers.Binary;

namespace WaOperator.WhatsApp.Profile;

/// <summary>The head of a JPEG (ITU-T T.81, annex B): the segments up to the frame, which has the size. Pure.</summary>
internal static class JpegHead
{
    private const byte Mark = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;

    /// <summary>Length (2), precision (1), height (2), width (2).</summary>
    private const int FrameHead = 7;

    /// <summary>Reads the size in pixels.</summary>
    /// <returns>Whether it is a JPEG whose frame says its size.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (bytes is not [Mark, StartOfImage, ..])
            return false;
        for (var rest = bytes[2..]; rest is [Mark, var kind, ..]; )
        {
            // A marker may have any number of fill bytes before it.
            if (kind == Mark)
            {
                rest = rest[1..];
                continue;
            }
            rest = rest[2..];
            if (kind is StartOfScan or EndOfImage or StartOfImage || rest.Length < FrameHead)
                return false;
            if (IsFrame(kind))
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(rest[5..]);
                return width > 0 && height > 0;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (length < 2 || length > rest.Length)
                return false;
            rest = rest[length..];
        }
        return false;
    }

    /// <summary>SOF0 to SOF15, without the tables that stand among them (DHT, JPG, DAC).</summary>
    private static bool IsFrame(byte kind) =>
        kind is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;
}
