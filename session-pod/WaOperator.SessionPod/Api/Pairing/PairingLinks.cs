using System.Globalization;
using WaOperator.Api.Links;
using WaOperator.Store;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>
/// For how much of a session's life a link to its pairing is good: until a phone is linked and connected, however many rounds of codes
/// that takes. After that it shows that a phone is linked, and no code of a later pairing. Pure.
/// </summary>
internal static class PairingLinks
{
    /// <summary>What a link made now is good for.</summary>
    /// <param name="state">What the session reported last.</param>
    public static string TargetOf(SessionState state) =>
        state.LastConnectedAt is { } last
            ? last.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
            : "never";

    /// <summary>Whether a link shows the session's pairing.</summary>
    /// <param name="link">One of its own, which has not expired.</param>
    /// <param name="state">What the session reported last.</param>
    public static bool Shows(SignedLink link, SessionState state) =>
        state.Paired || link.Target == TargetOf(state);
}
