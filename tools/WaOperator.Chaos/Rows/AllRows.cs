using WaOperator.Chaos.Faults;

namespace WaOperator.Chaos.Rows;

/// <summary>The table.</summary>
internal static class AllRows
{
    public static IReadOnlyList<Row> Make() =>
        [
            new KillNine(),
            new PlannedMove(),
            new RollingUpdate(),
            new BadRollout(),
            new NodePowerCut(),
            new LeaderPowerCut(),
            new CutFromDatabase(),
            new OperatorAway(),
            new Outage("postgresql-restart-20", TimeSpan.FromSeconds(20), Absence.Database),
            new Outage("postgresql-restart-60", TimeSpan.FromSeconds(60), Absence.Database),
            new Outage("redis-away", TimeSpan.FromSeconds(60), Absence.Redis),
            new Scale(),
            new ThroughGateway(
                "gateway-kill",
                "no session away, 5 s at most for a request",
                new GatewayKilled()
            ),
            new ThroughGateway("api-under-move", "2 s, no 5xx", new PlannedMove()),
            new ThroughGateway("api-rolling-update", "8 s, no 5xx", new AllRolled()),
            new ThroughGateway("api-kill-9", "5 s, 5 s at most for a request", new KillNine()),
            new ThroughWebhook(
                "webhook-endpoint-away",
                "72 h shortened: no row written, none missing",
                perSecond: 30,
                new EndpointAway()
            ),
            new ThroughWebhook(
                "webhook-owner-killed",
                "1,000 events a second: none missing, in order",
                perSecond: 350,
                new KillNine()
            ),
            new ThroughWebhook(
                "webhook-endpoint-slow",
                "a silent endpoint adds 5 % to the p99 of another",
                perSecond: 100,
                new EndpointSilent()
            ),
        ];
}
