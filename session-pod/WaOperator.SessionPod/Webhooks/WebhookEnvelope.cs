using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Journal;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>What is posted once.</summary>
/// <param name="Id">The same for each try, and of each owner: its receiver knows by it what it has already.</param>
/// <param name="Body">JSON in UTF-8.</param>
internal sealed record WebhookPost(string Id, byte[] Body)
{
    /// <summary>It was posted before, and its tenant asked for it once more.</summary>
    public bool IsReplay { get; init; }
}

/// <summary>
/// Events as they are posted: CloudEvents 1.0 in structured mode, which are payloads of Standard Webhooks as well. Pure.
/// </summary>
internal static class WebhookEnvelope
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // The data is JSON that was just made.
        SkipValidation = true,
    };

    /// <summary>An event.</summary>
    /// <param name="session">The session that it is of.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="at">When it was committed.</param>
    /// <param name="type">See <see cref="EventNames"/>.</param>
    /// <param name="e">The event.</param>
    /// <param name="format">Whether its data is posted.</param>
    /// <param name="chosen">What it chose, of a vote of which that is known.</param>
    public static WebhookPost Of(
        Assignment session,
        long seq,
        DateTimeOffset at,
        string type,
        SessionEvent e,
        WebhookFormat format,
        IReadOnlyList<string>? chosen = null
    )
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"evt_{session.Id:x}_{seq}");
        return new(
            id,
            Write(
                session,
                id,
                seq,
                at,
                type,
                EventNames.ChatOf(e),
                format == WebhookFormat.Thin ? null : TenantEvents.Show(e, seq, chosen).Json
            )
        );
    }

    /// <summary>An event that is stored nowhere, for streams: it has no number.</summary>
    /// <param name="session">The session that it is of.</param>
    /// <param name="type">See <see cref="EventNames"/>.</param>
    /// <param name="e">The event.</param>
    public static byte[] OfPassing(Assignment session, string type, PassingEvent e) =>
        Write(
            session,
            $"pas_{e.Id:n}",
            seq: null,
            e.At,
            type,
            EventNames.ChatOf(e),
            TenantEvents.Show(e, seq: 0).Json
        );

    /// <summary>Events that were pruned before they were posted.</summary>
    /// <param name="session">The session that they were of.</param>
    /// <param name="from">The number of the first.</param>
    /// <param name="to">The number of the last.</param>
    /// <param name="now">When that was found out.</param>
    /// <param name="format">Whether its data is posted.</param>
    public static WebhookPost OfGap(
        Assignment session,
        long from,
        long to,
        DateTimeOffset now,
        WebhookFormat format
    )
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"evt_{session.Id:x}_gap_{to}");
        return new(
            id,
            Write(
                session,
                id,
                to,
                now,
                EventNames.Gap,
                chat: null,
                format == WebhookFormat.Thin ? null : TenantEvents.Gap(from, to).Json
            )
        );
    }

    /// <summary>A test, which is of no session.</summary>
    /// <param name="webhook">What is tested.</param>
    /// <param name="id">Its id.</param>
    /// <param name="now">When it is posted.</param>
    /// <param name="format">Whether its data is posted.</param>
    public static WebhookPost OfTest(
        StoredWebhook webhook,
        string id,
        DateTimeOffset now,
        WebhookFormat format
    )
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        var name = $"{webhook.Namespace}/{webhook.Name}";
        Begin(json, id, $"urn:wa:webhook:{name}", EventNames.Test, chat: null, now);
        if (format != WebhookFormat.Thin)
        {
            json.WriteStartObject("data");
            json.WriteString("webhook", name);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return new(id, buffer.WrittenSpan.ToArray());
    }

    private static byte[] Write(
        Assignment session,
        string id,
        long? seq,
        DateTimeOffset at,
        string type,
        string? chat,
        byte[]? data
    )
    {
        var buffer = new ArrayBufferWriter<byte>(512 + (data?.Length ?? 0));
        using var json = new Utf8JsonWriter(buffer, Options);
        var name = $"{session.Namespace}/{session.Name}";
        Begin(json, id, $"urn:wa:{name}", type, chat, at);
        json.WriteString("tenant", session.Tenant);
        json.WriteString("session", name);
        if (seq is { } number)
            json.WriteString("sequence", number.ToString(CultureInfo.InvariantCulture));
        if (data is not null)
        {
            json.WritePropertyName("data");
            json.WriteRawValue(data, skipInputValidation: true);
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Begin(
        Utf8JsonWriter json,
        string id,
        string source,
        string type,
        string? chat,
        DateTimeOffset at
    )
    {
        var time = at.UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
            CultureInfo.InvariantCulture
        );
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", id);
        json.WriteString("source", source);
        json.WriteString("type", type);
        if (chat is not null)
            json.WriteString("subject", chat);
        json.WriteString("time", time);
        json.WriteString("timestamp", time);
        json.WriteString("datacontenttype", "application/json");
    }
}
