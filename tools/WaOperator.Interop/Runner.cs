using System.Diagnostics;
using WaOperator.Interop.Clients;
using WaOperator.Interop.Report;
using WaOperator.Interop.Rows;

namespace WaOperator.Interop;

/// <summary>Runs the columns of one pair of accounts, row by row.</summary>
/// <param name="pair">The accounts.</param>
/// <param name="wanted">Whether to run a row; pairing is always run.</param>
public sealed class Runner(Pair pair, Func<Row, bool> wanted)
{
    private readonly List<Cell> _cells = [];

    /// <summary>Both directions; one only if both sides are the same client, which makes them the same.</summary>
    public IReadOnlyList<Direction> Directions { get; } =
        pair.One.Release == pair.Other.Release
            ? [new(pair.Server, pair.One, pair.Other)]
            : [new(pair.Server, pair.One, pair.Other), new(pair.Server, pair.Other, pair.One)];

    /// <summary>Runs them all.</summary>
    public async Task<IReadOnlyList<Cell>> RunAsync()
    {
        foreach (var pairing in Row.Pairings)
        {
            if (await PairAsync(pairing))
                continue;
            foreach (var row in Row.All.Concat(Row.Ends).Where(wanted))
            foreach (var direction in Directions)
                if (!Skips(row, direction))
                    Add(
                        row,
                        direction,
                        Verdict.Failed,
                        default,
                        "not tried, since the pairing failed"
                    );
            return _cells;
        }
        foreach (var row in Row.All.Where(wanted))
        foreach (var direction in Directions)
            if (!Skips(row, direction))
                await TryAsync(row, direction);
        foreach (var row in Row.Ends.Where(wanted))
        foreach (var direction in Directions)
            if (!Skips(row, direction))
                await TryAsync(row, direction);
        return _cells;
    }

    private async Task<bool> PairAsync(Row pairing)
    {
        var paired = true;
        foreach (var direction in Directions)
            // A device that is no session of the API is no cell, but must be there.
            paired &= await TryAsync(pairing, direction, silent: Skips(pairing, direction));
        if (Directions.Count == 1)
        {
            // The other side is not a column of its own, but must be there.
            var other = new Direction(pair.Server, pair.Other, pair.One);
            paired &= await TryAsync(pairing, other, silent: true);
        }
        return paired;
    }

    /// <summary>Whether a cell is not tried; it is noted then.</summary>
    private bool Skips(Row row, Direction direction)
    {
        if (Unsupported.WhyNot(row.Name, direction) is not { } why)
            return false;
        Add(row, direction, Verdict.Unsupported, default, why);
        return true;
    }

    private async Task<bool> TryAsync(Row row, Direction direction, bool silent = false)
    {
        var start = Stopwatch.GetTimestamp();
        string? why = null;
        try
        {
            await row.Run(direction);
        }
        catch (CellException e)
        {
            why = e.Message;
        }
        catch (Exception e)
        {
            // A defect of this program must not cost the other cells.
            why = e.ToString();
        }
        if (!silent || why is not null)
            Add(
                row,
                direction,
                why is null ? Verdict.Passed : Verdict.Failed,
                Stopwatch.GetElapsedTime(start),
                why
            );
        return why is null;
    }

    private void Add(Row row, Direction direction, Verdict verdict, TimeSpan took, string? why)
    {
        var (from, to) = (direction.From.Release, direction.To.Release);
        _cells.Add(new(row.Name, direction.Name, from, to, verdict, took, why));
        if (verdict == Verdict.Failed)
            Console.Error.WriteLine($"failed: {row.Name}, {direction.Name}: {why}");
    }
}
