using WaOperator.SessionPod.Journal;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Journal;

/// <summary>What passes, as tests need it.</summary>
internal static class Passing
{
    /// <summary>Someone came online.</summary>
    public static PresenceHeard Heard() =>
        new()
        {
            Account = new("491701234567", Jid.PhoneServer),
            Available = true,
            At = DateTimeOffset.UnixEpoch,
        };
}
