using System.Globalization;
using WaOperator.Chaos.Cluster;

namespace WaOperator.Chaos.Measure;

/// <summary>What a row came to, over its repetitions.</summary>
/// <param name="Name">The row.</param>
/// <param name="Aim">Its aim in words.</param>
/// <param name="AimSeconds">The greatest time away that is aimed at; null when the aim is no time.</param>
/// <param name="Trials">Its repetitions.</param>
internal sealed record Result(
    string Name,
    string Aim,
    double? AimSeconds,
    IReadOnlyList<Trial> Trials
)
{
    public double? Maximum => All.Count == 0 ? null : All[^1];

    public double? Median =>
        All.Count == 0 ? null
        : All.Count % 2 == 1 ? All[All.Count / 2]
        : (All[(All.Count / 2) - 1] + All[All.Count / 2]) / 2;

    public IReadOnlyList<string> Missed =>
        [
            .. Trials.SelectMany(t => t.Missed),
            .. Maximum > AimSeconds
                ? [string.Create(CultureInfo.InvariantCulture, $"{Maximum:0.0} s")]
                : Array.Empty<string>(),
        ];

    public bool Reached => Trials.Count > 0 && Missed.Count == 0 && Violations == 0;

    public int Violations => Trials.Sum(t => t.Violations.Count);

    public Replaced Replaced =>
        new(
            Trials.Sum(t => t.Replaced.Live),
            Trials.Sum(t => t.Replaced.Silent),
            Trials.Sum(t => t.Replaced.Dead)
        );

    public int Away => All.Count;

    private List<double> All { get; } = [.. Trials.SelectMany(t => t.Away).Order()];
}
