namespace WaOperator.Testing;

/// <summary>JPEGs as far as their head: what no one decodes need not be a picture.</summary>
public static class JpegSample
{
    /// <summary>A JPEG that says that it has this size, with the same bytes for the same arguments.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="tail">How many bytes stand in place of the pixels.</param>
    public static byte[] Of(int width, int height, int tail = 64) =>
        [
            0xFF,
            0xD8,
            0xFF,
            0xE0,
            0,
            16,
            (byte)'J',
            (byte)'F',
            (byte)'I',
            (byte)'F',
            0,
            1,
            1,
            0,
            0,
            1,
            0,
            1,
            0,
            0,
            0xFF,
            0xDB,
            0,
            5,
            0,
            1,
            2,
            0xFF,
            0xC0,
            0,
            11,
            8,
            (byte)(height >> 8),
            (byte)height,
            (byte)(width >> 8),
            (byte)width,
            1,
            1,
            17,
            0,
            0xFF,
            0xDA,
            0,
            8,
            1,
            1,
            0,
            0,
            63,
            0,
            .. Enumerable.Range(0, tail).Select(i => (byte)(i % 255)),
            0xFF,
            0xD9,
        ];
}
