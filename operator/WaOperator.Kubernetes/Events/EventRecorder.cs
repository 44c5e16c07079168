using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Events;

/// <summary>Writes events in the background: repeated ones are counted up, and no object can flood the API.</summary>
public sealed partial class EventRecorder : IEventRecorder, IRunnable
{
    private const int MessageLimit = 1024;
    private readonly IKubernetes _client;
    private readonly EventRecorderOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly EventCorrelator _correlator;
    private readonly Channel<Occurrence> _backlog;

    /// <summary>Makes a recorder; nothing is written before it runs.</summary>
    public EventRecorder(
        IKubernetes client,
        EventRecorderOptions options,
        ILoggerFactory loggers,
        TimeProvider? time = null
    )
    {
        _client = client;
        _options = options;
        _logger = loggers.CreateLogger<EventRecorder>();
        _time = time ?? TimeProvider.System;
        _correlator = new(options, _time);
        _backlog = Channel.CreateBounded<Occurrence>(
            new BoundedChannelOptions(options.Backlog) { SingleReader = true }
        );
    }

    /// <inheritdoc/>
    public string Name => "event recorder";

    /// <inheritdoc/>
    public void Normal(IKubernetesObject regarding, string reason, string message) =>
        Record(regarding, "Normal", reason, message);

    /// <inheritdoc/>
    public void Warning(IKubernetesObject regarding, string reason, string message) =>
        Record(regarding, "Warning", reason, message);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var occurrence in _backlog.Reader.ReadAllAsync(ct))
                if (_correlator.Correlate(occurrence) is { } write)
                    await WriteAsync(write, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Events are best effort: what still waits is not worth a longer stop.
        }
    }

    private void Record(IKubernetesObject regarding, string type, string reason, string message)
    {
        var occurrence = new Occurrence(
            ObjectReference.To(regarding),
            type,
            reason,
            Shorten(message)
        );
        if (!_backlog.Writer.TryWrite(occurrence))
            Log.Dropped(_logger, reason, NamespacedName.Of(regarding));
    }

    private async Task WriteAsync(EventWrite write, CancellationToken ct)
    {
        var isNew = write.IsNew;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (isNew || !await CountUpAsync(write.Event, ct))
                    await _client.CreateAsync(write.Event, ct);
                return;
            }
            catch (KubernetesException e) when (e.IsAlreadyExists)
            {
                // An earlier attempt arrived, only its answer did not.
                return;
            }
            catch (KubernetesException e) when (e.IsNamespaceTerminating)
            {
                // An event of a namespace that is being deleted has no reader.
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                var refused =
                    e is KubernetesException { Code: var code }
                    && (int)code < 500
                    && (int)code is not (401 or 429);
                if (refused || attempt >= _options.Attempts)
                {
                    Log.Failed(_logger, write.Event.Reason, e.Message);
                    return;
                }
                await Task.Delay(_options.RetryPause, _time, ct);
            }
        }
    }

    /// <summary>False when the event is gone: the server keeps events for an hour only.</summary>
    private async Task<bool> CountUpAsync(Event e, CancellationToken ct)
    {
        var patch = new JsonObject
        {
            ["count"] = e.Count,
            ["lastTimestamp"] = e.LastTimestamp!.Value.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'",
                CultureInfo.InvariantCulture
            ),
            ["message"] = e.Message,
        };
        try
        {
            await _client.PatchMergeAsync<Event>(
                e.Metadata.Name!,
                e.Metadata.Namespace,
                patch,
                ct: ct
            );
            return true;
        }
        catch (KubernetesException x) when (x.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>The server refuses longer ones.</summary>
    private static string Shorten(string message)
    {
        if (Encoding.UTF8.GetByteCount(message) <= MessageLimit)
            return message;
        var keep = Math.Min(message.Length, MessageLimit - 3);
        while (
            Encoding.UTF8.GetByteCount(message.AsSpan(0, keep)) > MessageLimit - 3
            || char.IsHighSurrogate(message[keep - 1])
        )
            keep--;
        return string.Concat(message.AsSpan(0, keep), "…");
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.EventRecorderDropped,
            LogLevel.Warning,
            "Too many events wait to be written: dropped {Reason} of {Key}"
        )]
        public static partial void Dropped(ILogger logger, string reason, NamespacedName key);

        [LoggerMessage(
            EventIds.EventRecorderFailed,
            LogLevel.Warning,
            "An event {Reason} could not be written: {Why}"
        )]
        public static partial void Failed(ILogger logger, string? reason, string why);
    }
}
