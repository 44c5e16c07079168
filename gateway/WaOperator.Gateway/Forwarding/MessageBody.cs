using WaOperator.Api;

namespace WaOperator.Gateway.Forwarding;

/// <summary>The body of a request that sends messages.</summary>
internal static class MessageBody
{
    private const string Header = "Idempotency-Key";

    /// <summary>Fixes the ids of its messages; a body in which that cannot be done is not sent twice.</summary>
    /// <returns>What is wrong with the request; null for nothing.</returns>
    public static ProblemAnswer? Fix(Call call, byte[] body)
    {
        var (ns, name) = call.Session;
        var given = call.Http.Request.Headers[Header];
        string? key = given;
        if (given.Count > 1 || key?.Length is 0 or > IdempotencyIds.MaxKey)
            return Problems.Bad(
                $"{Header} must be given once and have 1 to {IdempotencyIds.MaxKey} characters"
            );
        var message = JsonBody.IsLines(call.Http.Request.ContentType)
            // One key does not name several messages: pods refuse it with a batch.
            ? MessageIds.FixBatch(body, _ => IdempotencyIds.New())
            : MessageIds.Fix(
                body,
                () =>
                    key is null
                        ? IdempotencyIds.New()
                        : IdempotencyIds.Of(call.Tenant, ns, name, key)
            );
        call.Body = message.Bytes;
        call.MessageId = message.Id;
        if (!message.Fixed)
            call.History = call.History with { Kind = RequestKind.Write };
        return null;
    }
}
