using System.Diagnostics;
using System.Globalization;
using WaOperator.Interop;
using WaOperator.Interop.Clients;
using WaOperator.Interop.Report;
using WaOperator.Interop.Rows;

// The interop matrix: hack/interop says how to run it.
const int PairsAtOnce = 2;

(Release One, Release Other)[] pairs =
[
    (Release.Ours, Release.Rc14),
    (Release.Ours, Release.V6),
    (Release.Ours, Release.Ours),
    (Release.Api, Release.Rc14),
    (Release.Api, Release.V6),
    (Release.Rc14, Release.Rc14),
    (Release.V6, Release.V6),
];

// Says what is theirs alone between a client of today and an old one; no part of the matrix.
(Release One, Release Other)[] onlyIfNamed = [(Release.Rc14, Release.V6)];

Arguments arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"interop: {e.Message}");
    return 2;
}

var start = Stopwatch.GetTimestamp();
var cells = new List<Cell>();
await using (var server = await Server.StartAsync(arguments))
{
    var chosen = pairs
        .Where(p => arguments.Wants(p.One, p.Other))
        .Concat(onlyIfNamed.Where(p => arguments.Names(p.One, p.Other)))
        .Index();
    using var slots = new SemaphoreSlim(PairsAtOnce);
    var results = await Task.WhenAll(chosen.Select(p => RunAsync(server, slots, p)));
    cells.AddRange(results.SelectMany(r => r));
}
var judged = cells
    .Select(c =>
        c.Verdict == Verdict.Failed && KnownBug.Explains(c, cells) is { } bug
            ? c with
            {
                Verdict = Verdict.Theirs,
                Why = bug.What,
            }
            : c
    )
    .ToList();

if (judged.Count == 0)
{
    await Console.Error.WriteLineAsync("interop: nothing was chosen");
    return 2;
}
Console.WriteLine(Table.Of(judged));
foreach (var cell in judged.Where(c => c.Verdict == Verdict.Failed))
    Console.WriteLine($"FAILED {cell.Row}, {cell.Column}: {cell.Why}\n");
foreach (var cell in judged.Where(c => c.Verdict == Verdict.Theirs))
    Console.WriteLine($"THEIRS {cell.Row}, {cell.Column}: {cell.Why}");
foreach (var cell in judged.Where(c => c.Verdict == Verdict.Unsupported))
    Console.WriteLine($"-      {cell.Row}, {cell.Column}: {cell.Why}");
Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"took {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"
    )
);
Console.WriteLine(Table.LastLine(judged));
return judged.Exists(c => c.Verdict == Verdict.Failed) ? 1 : 0;

async Task<IReadOnlyList<Cell>> RunAsync(
    Server server,
    SemaphoreSlim slots,
    (int Index, (Release One, Release Other) Item) numbered
)
{
    await slots.WaitAsync();
    try
    {
        await using var pair = new Pair(
            server,
            numbered.Item.One,
            numbered.Item.Other,
            numbered.Index + 1
        );
        return await new Runner(pair, arguments.Wants).RunAsync();
    }
    finally
    {
        slots.Release();
    }
}
