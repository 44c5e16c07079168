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
            new GatewayKilled(),
            new ApiUnderMove(),
            new ApiRollingUpdate(),
            new ApiKillNine(),
        ];
}
