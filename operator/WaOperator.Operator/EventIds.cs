namespace WaOperator.Operator;

/// <summary>
/// The event ids of all that the operator logs: a filter or an alert can go by them, whatever the text says. A folder has a
/// hundred. An id is never used for another message; a new message takes the next number of its folder.
/// </summary>
internal static class EventIds
{
    // Election: 2000 to 2099
    public const int FitnessPolicyOffers = 2001;
    public const int FitnessPolicyAsks = 2002;
    public const int FitnessPolicyResigns = 2003;
    public const int FitnessPolicyAbstains = 2004;

    // Leading: 2100 to 2199
    public const int AttemptsWaits = 2101;
    public const int AttemptsFailed = 2102;
    public const int AttemptsRecovered = 2103;
    public const int DatabaseWatchAway = 2104;
    public const int DatabaseWatchBack = 2105;
    public const int DatabaseWatchEnded = 2106;
    public const int LeaderWorkLeads = 2107;

    // Observation: 2200 to 2299
    public const int ShardObserverJudged = 2201;
    public const int ShardObserverActed = 2202;

    // Placement: 2300 to 2399
    public const int PlacementLoopChanged = 2301;

    // Pools: 2400 to 2499
    public const int PoolScalerResized = 2401;

    // Projection: 2500 to 2599
    public const int SessionRowsProjected = 2501;
    public const int TenantProjectionAnother = 2502;
    public const int PhoneArbiterDisplaced = 2503;
    public const int SessionRowsDeclined = 2504;
    public const int TenantProjectionRefused = 2505;
    public const int RemovalGateHeld = 2506;
    public const int SessionRemovalOrphaned = 2507;

    // Tenants: 2600 to 2699
    public const int ApiKeysEnded = 2601;

    // Webhooks: 2700 to 2799
    public const int WebhookProjectorWritten = 2701;
    public const int WebhookProjectorEnded = 2702;
    public const int WebhookProjectorRefused = 2703;

    // Proxies: 2800 to 2899
    public const int ProxyLoopNotRead = 2801;
}
