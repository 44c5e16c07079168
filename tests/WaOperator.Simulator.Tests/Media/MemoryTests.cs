using System.Globalization;
using System.Security.Cryptography;
using WaOperator.WhatsApp.Media;
using Xunit.Abstractions;

namespace WaOperator.Simulator.Tests.Media;

/// <summary>
/// Transfers are bounded in memory whatever the files' size. The bound on buffers is an invariant; the live heap is
/// measured and printed, with the simulator's own part in it. WA_MEDIA_MIB sets the size of each file.
/// </summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Files = 8;
    private const int AimMiB = 16;

    [Fact]
    public async Task Eight_transfers_at_once_hold_two_buffers_each()
    {
        var mib = int.Parse(
            Environment.GetEnvironmentVariable("WA_MEDIA_MIB") ?? "4",
            CultureInfo.InvariantCulture
        );
        await using var world = await MediaWorld.StartAsync(new() { MaxTransfers = Files });
        // Warm: connections, pools and code are there.
        await world.DownloadAsync(await world.UploadAsync(new byte[200_000]));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var stop = new CancellationTokenSource();
        var peak = Task.Run(() => Peak(stop.Token));

        var sources = Enumerable
            .Range(0, Files)
            .Select(i => new Noise(i, mib * 1024L * 1024))
            .ToList();
        var references = await Task.WhenAll(
            sources.Select(s =>
                world.Client.UploadAsync(MediaKind.Video, s, CancellationToken.None)
            )
        );
        var sinks = references.Select(_ => new HashSink()).ToList();
        await Task.WhenAll(
            references.Zip(
                sinks,
                (file, sink) => world.Client.DownloadAsync(file, sink, CancellationToken.None)
            )
        );
        await stop.CancelAsync();
        var extra = (await peak - before) / 1048576.0;

        for (var i = 0; i < Files; i++)
            sinks[i].Hash().ShouldBe(references[i].FileSha256);
        var transfers = world.Runtime.MediaTransfers;
        transfers.BufferedBytes.ShouldBe(0);
        transfers.PeakBufferedBytes.ShouldBeLessThanOrEqualTo(
            Files * MediaTransfers.BuffersEach * MediaTransfers.BufferSize
        );
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Files} transfers of {mib} MiB at once, up and down: peak of extra live heap {extra:0.0} MiB "
                    + $"(client and simulator together), aim < {AimMiB} MiB: {(extra < AimMiB ? "reached" : "missed")}; "
                    + $"buffers at most {transfers.PeakBufferedBytes / 1024} KiB"
            )
        );
    }

    /// <summary>The largest live heap that full collections found.</summary>
    private static long Peak(CancellationToken stop)
    {
        var peak = 0L;
        while (!stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100)))
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
        return peak;
    }

    /// <summary>A source of bytes that look random, without holding them.</summary>
    private sealed class Noise(int seed, long length) : ReadStream
    {
        private readonly Random _random = new(seed);
        private long _left = length;

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(_left, buffer.Length);
            _random.NextBytes(buffer[..count]);
            _left -= count;
            return count;
        }
    }

    private abstract class ReadStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => ValueTask.FromResult(Read(buffer.Span));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();
    }

    /// <summary>Hashes what is written, and keeps nothing.</summary>
    private sealed class HashSink : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(
            HashAlgorithmName.SHA256
        );

        public byte[] Hash() => _hash.GetHashAndReset();

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) =>
            _hash.AppendData(buffer, offset, count);

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            _hash.AppendData(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
