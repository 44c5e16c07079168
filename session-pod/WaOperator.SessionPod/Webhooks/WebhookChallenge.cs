using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>How Meta asks an address whether it is a program's that knows its verify token, before it posts there. Pure but for chance.</summary>
internal static class WebhookChallenge
{
    /// <summary>Bytes of an answer that are of interest.</summary>
    public const int MaxAnswer = 256;

    /// <summary>Something to repeat.</summary>
    public static string Create() =>
        RandomNumberGenerator
            .GetInt32(100_000_000, int.MaxValue)
            .ToString(CultureInfo.InvariantCulture);

    /// <summary>The address that is asked.</summary>
    public static Uri Of(Uri url, string token, string challenge)
    {
        var asked = new UriBuilder(url);
        asked.Query =
            $"{(asked.Query.Length > 1 ? $"{asked.Query[1..]}&" : "")}hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={Uri.EscapeDataString(token)}";
        return asked.Uri;
    }

    /// <summary>What is wrong with an answer, as it is reported; null for nothing.</summary>
    public static string? Judge(PostAnswer answer, string challenge) =>
        answer switch
        {
            { Status: null } => $"{WebhookErrors.ChallengeFailed}{answer.Verdict.Error}",
            { Status: not 200 } =>
                $"{WebhookErrors.ChallengeFailed}it answered {(answer.Verdict.Error.Length > 0 ? answer.Verdict.Error : $"HTTP {answer.Status}")} in the place of HTTP 200",
            _ when Encoding.UTF8.GetString(answer.Body).Trim() == challenge => null,
            _ => $"{WebhookErrors.ChallengeFailed}it answered HTTP 200 without hub.challenge",
        };
}
