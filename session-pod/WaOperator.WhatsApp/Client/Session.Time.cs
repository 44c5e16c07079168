using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>While we must be silent, more came in than is held back.</summary>
internal sealed class HeldTooMuchException()
    : Exception(
        "While this device had to be silent more came in than is held; all of it stays with the server."
    );

/// <content>Time-outs and keepalive (one entry of the shared wheel), and what failures mean.</content>
internal sealed partial class Session
{
    /// <summary>How often it is asked whether the signed prekey has served its time.</summary>
    private static readonly TimeSpan KeyCare = TimeSpan.FromDays(1);

    /// <summary>On the wheel's timer: go elsewhere.</summary>
    protected internal override void Due() =>
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        if (_outcome is not null)
            return;
        if (_closing is { } closing)
            End(closing);
        else if (!_open)
            End(
                _wire is null && _device.Proxy is { } proxy
                    ? new(
                        DisconnectKind.ProxyUnreachable,
                        null,
                        $"No connection came about through the proxy {proxy} within {Options.ConnectTimeout.TotalSeconds:0.#} s."
                    )
                    : new(
                        DisconnectKind.Timeout,
                        null,
                        $"No connection came about within {Options.ConnectTimeout.TotalSeconds:0.#} s."
                    )
            );
        else
            Pulse();
    }

    private void Pulse()
    {
        var now = Time.GetTimestamp();
        var silence = Time.GetElapsedTime(Volatile.Read(ref _lastReceived), now);
        if (silence >= Options.SilenceLimit)
        {
            End(
                new(
                    DisconnectKind.ConnectionLost,
                    408,
                    $"Nothing came from the server for {silence.TotalSeconds:0} s."
                )
            );
            return;
        }
        if (now >= _nextPing)
        {
            _nextPing = now + Stamps(NextPingDelay());
            Run(() => _link.SendKeepAliveAsync(Stanzas.Ping()));
        }
        if (now >= _nextKeyCare && LoggedIn.IsCompletedSuccessfully)
        {
            _nextKeyCare = now + Stamps(KeyCare);
            Run(_preKeys.RotateAsync);
        }
        ArmPulse();
    }

    /// <summary>At the next keepalive or at the end of the allowed silence, whichever is sooner.</summary>
    private void ArmPulse()
    {
        var now = Time.GetTimestamp();
        var silent =
            Options.SilenceLimit - Time.GetElapsedTime(Volatile.Read(ref _lastReceived), now);
        var ping = Time.GetElapsedTime(now, _nextPing);
        _runtime.Wheel.Arm(this, silent < ping ? silent : ping);
    }

    /// <summary>Sessions that connected together must not ping together for ever.</summary>
    private TimeSpan NextPingDelay() => Options.KeepAlive * (1 - Random.Shared.NextDouble() / 10);

    private long Stamps(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    private void Fail(Exception e)
    {
        if (_outcome is not null)
            return;
        switch (e)
        {
            case OperationCanceledException
                when Ended.IsCancellationRequested || _closing is not null:
                break;
            case IOException when _closing is { } closing:
                End(closing);
                break;
            default:
                var outcome = Explain(e);
                if (outcome.Kind is DisconnectKind.InternalError or DisconnectKind.StoreFailed)
                    Log.Failed(_logger, e, outcome.Kind);
                End(outcome);
                break;
        }
    }

    private static Disconnect Explain(Exception e) =>
        e switch
        {
            CertificateRejectedException => new(
                DisconnectKind.CertificateRejected,
                null,
                e.Message
            ),
            NoiseException or FrameException or BinaryFormatException => new(
                DisconnectKind.ProtocolError,
                null,
                e.Message
            ),
            DialException dial => new(dial.Kind, dial.HttpStatus, e.Message),
            HeldTooMuchException => new(DisconnectKind.HeldTooMuch, null, e.Message),
            IOException => new(
                DisconnectKind.ConnectionLost,
                null,
                $"The connection broke: {e.Message}"
            ),
            TimeoutException => new(DisconnectKind.Timeout, 408, e.Message),
            QueryRefusedException refused => new(
                DisconnectKind.ServerError,
                refused.Code,
                e.Message
            ),
            StoreFailedException => new(DisconnectKind.StoreFailed, null, e.Message),
            _ => new(
                DisconnectKind.InternalError,
                null,
                $"A defect ended the connection: {e.GetType().Name}; the log has the details."
            ),
        };

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.SessionFailed,
            Level = LogLevel.Error,
            Message = "The connection ends: {Kind}"
        )]
        public static partial void Failed(ILogger logger, Exception e, DisconnectKind kind);

        [LoggerMessage(
            EventId = EventIds.SessionUnlinkFailed,
            Level = LogLevel.Warning,
            Message = "The device could not be unlinked. {Reason}"
        )]
        public static partial void UnlinkFailed(ILogger logger, string reason);
    }
}
