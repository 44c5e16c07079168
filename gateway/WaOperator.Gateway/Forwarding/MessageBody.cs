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
        var isBatch = RequestKinds.IsBatch(call.Http.Request.ContentType);
        var message = isBatch
            ? MessageIds.FixBatch(
                body,
                line => key is null ? IdempotencyIds.New() : Of($"{key}\n{line}")
            )
            : MessageIds.Fix(body, () => key is null ? IdempotencyIds.New() : Of(key));
        call.Body = message.Bytes;
        call.MessageId = message.Id;
        if (!message.Fixed)
            call.History = call.History with { Kind = RequestKind.Write };
        return null;

        string Of(string text) => IdempotencyIds.Of(call.Tenant, ns, name, text);
    }
}
