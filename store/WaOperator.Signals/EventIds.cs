namespace WaOperator.Signals;

/// <summary>
/// The event ids of what this library logs. An id keeps its meaning: one that is no longer logged is
/// not used again.
/// </summary>
internal static class EventIds
{
    public const int LateHintsAway = 4001;
    public const int LateHintsBack = 4002;
    public const int RedisChannelsDropped = 4003;
    public const int RedisChannelsNotHeard = 4004;
    public const int RedisHintsAway = 4005;
    public const int RedisHintsBack = 4006;
    public const int RedisHintsRefused = 4007;
    public const int RedisHintsAllowed = 4008;
    public const int RedisHintsEnded = 4009;
    public const int RedisWindowsRefused = 4010;
}
