using System.Diagnostics.CodeAnalysis;
using WaOperator.Domain;

namespace WaOperator.Gateway.Cloud;

/// <summary>
/// Ids of files as this API and its webhooks give them (<see cref="CloudIds.OfFile"/>), and as our own events have them. Pure.
/// </summary>
internal static class CloudMediaIds
{
    private const string Own = "med_";
    private const int MaxOwn = 64;

    /// <summary>Reads one; one of ours, as events have it, names no number. Total.</summary>
    /// <param name="text">What a program sent.</param>
    /// <param name="phone">The number of its session; null if it does not say.</param>
    /// <param name="media">Our id.</param>
    public static bool TryRead(
        string? text,
        out string? phone,
        [NotNullWhen(true)] out string? media
    )
    {
        (phone, media) = (null, null);
        if (text is null)
            return false;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var number = dot < 0 ? null : text[..dot];
        var own = text[(dot + 1)..];
        if (
            number is not null && !CloudPhones.IsNumber(number)
            || own.Length > MaxOwn
            || !own.StartsWith(Own, StringComparison.Ordinal)
            || !own.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
        )
            return false;
        (phone, media) = (number, own);
        return true;
    }
}
