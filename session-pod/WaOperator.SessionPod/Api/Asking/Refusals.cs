using WaOperator.Api;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>What WhatsApp's server refuses, as an answer of the API. Pure.</summary>
internal static class Refusals
{
    // The words are the server's.
    private const int MaxWords = 300;

    /// <summary>The answer for a refusal.</summary>
    public static ProblemAnswer Of(QueryRefusedException refused)
    {
        var words = Words(refused);
        return refused.Code switch
        {
            401 or 403 => Problems.ForbiddenByWhatsApp(words),
            404 or 410 => Problems.NotFoundByWhatsApp(words),
            409 => Problems.ConflictAtWhatsApp(words),
            420 or 429 => Problems.TooOftenForWhatsApp(words),
            501 => Problems.NotSupported(words),
            null or >= 500 => Problems.WhatsAppFailed(words),
            _ => Problems.RefusedByWhatsApp(words),
        };
    }

    /// <summary>What the server said, for people.</summary>
    public static string Words(QueryRefusedException refused)
    {
        var words = new string([.. refused.Message.Where(c => !char.IsControl(c)).Take(MaxWords)]);
        return char.ToLowerInvariant(words[0]) + words[1..];
    }
}
