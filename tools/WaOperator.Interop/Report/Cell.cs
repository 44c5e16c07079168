using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Report;

/// <summary>How a cell ended.</summary>
public enum Verdict
{
    /// <summary>It holds.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>It does not, by a known bug of another's client, whose proof holds in this very run.</summary>
    Theirs,

    /// <summary>It was not tried: one side has no such call.</summary>
    Unsupported,
}

/// <summary>One cell of the matrix.</summary>
/// <param name="Row">The capability.</param>
/// <param name="Column">The direction, as the matrix shows it.</param>
/// <param name="From">Who sends.</param>
/// <param name="To">Who receives.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Why">What was expected and seen, where it failed.</param>
public sealed record Cell(
    string Row,
    string Column,
    Release From,
    Release To,
    Verdict Verdict,
    TimeSpan Took,
    string? Why
)
{
    /// <summary>Whether something of ours takes part with that release of another.</summary>
    public bool IsOursWith(Release release) =>
        (!From.IsTheirs() && To == release) || (From == release && !To.IsTheirs());
}
