using System.Net;

namespace WaOperator.WhatsApp.Media;

/// <summary>Sends a spooled file through a buffer of the transfer, and reports its progress.</summary>
internal sealed class SpoolContent(Stream spool, long length, Memory<byte> buffer, Action progress)
    : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        spool.Position = 0;
        while (true)
        {
            var count = await spool.ReadAsync(buffer, cancellationToken);
            if (count == 0)
                return;
            await stream.WriteAsync(buffer[..count], cancellationToken);
            progress();
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
