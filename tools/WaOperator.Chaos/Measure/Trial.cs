using WaOperator.Chaos.Cluster;

namespace WaOperator.Chaos.Measure;

/// <summary>One repetition of a row: what was measured and what was not as it should be.</summary>
internal sealed class Trial(string label)
{
    /// <summary>The injection stamp's name.</summary>
    public string Label { get; } = label;

    /// <summary>Seconds away, of each session that was.</summary>
    public List<double> Away { get; } = [];

    /// <summary>Parts of the aim that were not met.</summary>
    public List<string> Missed { get; } = [];

    /// <summary>Broken invariants.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Connections that were replaced although they were silent, or dead.</summary>
    public Replaced Replaced { get; set; } = new(0, 0, 0);

    /// <summary>Whether it missed a part of the aim, or the time that is aimed at.</summary>
    public bool Misses(double? aimSeconds) =>
        Missed.Count > 0 || Away.DefaultIfEmpty().Max() > aimSeconds;

    /// <summary>A part of the aim: missed unless it holds.</summary>
    public void Expect(bool holds, string otherwise)
    {
        if (!holds)
            Missed.Add(otherwise);
    }

    /// <summary>
    /// Reads how long each session was away: from the injection's stamp, or in a planned change, where the sessions go one
    /// after the other, from the end of its own connection. A session that was away again counts with its longest time.
    /// </summary>
    public void Measure(IEnumerable<Seen> sessions, bool planned)
    {
        foreach (var session in sessions)
            if (session.Gaps.Count > 0)
                Away.Add(session.Gaps.Max(g => Seconds(g, planned)));
    }

    private double Seconds(Gap gap, bool planned) =>
        (!planned && gap.MarkLabel == Label && gap.SinceMarkMs is { } ms ? ms : gap.AwayMs) / 1000;
}
