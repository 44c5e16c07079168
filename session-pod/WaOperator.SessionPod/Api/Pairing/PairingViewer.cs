namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>What a client may see of a pairing that it follows.</summary>
/// <param name="Look">How far the pairing is; null: it is not for this client any more.</param>
/// <param name="Longest">After this long its stream ends whatever the phone does.</param>
/// <param name="IsStillOpenAsync">Whether its key is still valid; asked at each ping.</param>
internal sealed record PairingViewer(
    Func<PairingAnswer?> Look,
    TimeSpan Longest,
    Func<Task<bool>> IsStillOpenAsync
);
