using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Cloud;

/// <summary>Sends messages, and marks those that were received as read.</summary>
internal sealed class CloudMessageEndpoint(
    CloudCallers callers,
    SessionBody bodies,
    Forwarder forwarder
)
{
    private const string Json = "application/json";

    /// <summary>Answers a post to a number's messages.</summary>
    public async Task<IResult> PostAsync(HttpContext http, string phone)
    {
        // Which scope is needed depends on what is asked for: pods ask for it.
        var session = await callers.AskAsync(http, phone, scope: null);
        if (session.Refusal is { } refusal)
            return refusal;
        var body = await bodies.ReadAsync(
            http.Request,
            session.Phone.Tenant,
            CloudJson.Default.CloudMessage
        );
        if (body.Refusal is { } unread)
            return CloudErrors.OfBody(unread);
        if (!CloudMessages.TryRead(body.Value!, phone, out var request, out var fault))
            return CloudRefusal.Of(fault);
        return request is CloudSend send
            ? await SendAsync(http, session, send)
            : await ReadAsync(http, session, (CloudRead)request);
    }

    private async Task<IResult> SendAsync(HttpContext http, CloudSession session, CloudSend send)
    {
        var reply = await forwarder.AskAsync(
            http,
            session.Key,
            Question(
                session.Phone.Session,
                "messages",
                JsonSerializer.SerializeToUtf8Bytes(send.Body, CloudChoices.Compact)
            )
        );
        foreach (var header in (string[])["RateLimit", "RateLimit-Policy", "Idempotent-Replayed"])
            if (reply.Headers.TryGetValue(header, out var value))
                http.Response.Headers[header] = value;
        return PodAnswers.Sent(reply, send.To) is { } sent
            ? Results.Json(sent, CloudJson.Default.CloudSent)
            : PodAnswers.Refused(reply);
    }

    private async Task<IResult> ReadAsync(HttpContext http, CloudSession session, CloudRead read)
    {
        var reply = await AskAsync("read", new ReadBody([read.Id]), PodJson.Default.ReadBody);
        if (reply.IsDone && read.Typing)
            reply = await AskAsync(
                "typing",
                new TypingBody(read.Id, "composing"),
                PodJson.Default.TypingBody
            );
        return reply.IsDone
            ? Results.Json(new(true), CloudJson.Default.CloudDone)
            : PodAnswers.Refused(reply);

        Task<PodReply> AskAsync<T>(string rest, T body, JsonTypeInfo<T> type) =>
            forwarder.AskAsync(
                http,
                session.Key,
                Question(
                    session.Phone.Session,
                    rest,
                    JsonSerializer.SerializeToUtf8Bytes(body, type)
                )
            );
    }

    private static PodQuestion Question(SessionName session, string rest, byte[] body) =>
        new(session, HttpMethods.Post, rest)
        {
            ContentType = Json,
            Body = new MemoryStream(body, writable: false),
        };
}
