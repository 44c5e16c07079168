using QRCoder;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Draws QR codes.</summary>
internal static class QrPicture
{
    private const int PixelsPerModule = 6;

    /// <summary>A PNG of the code, with the margin that scanners need.</summary>
    public static byte[] Png(string content)
    {
        using var data = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.L);
        using var drawing = new PngByteQRCode(data);
        return drawing.GetGraphic(PixelsPerModule);
    }

    /// <summary>The answer with its code's picture beside it.</summary>
    public static PairingAnswer Drawn(this PairingAnswer answer) =>
        answer.Qr is { } content
            ? answer with
            {
                Png = $"data:image/png;base64,{Convert.ToBase64String(Png(content))}",
            }
            : answer;
}
