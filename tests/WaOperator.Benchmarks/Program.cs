using WaOperator.Benchmarks.Operator;
using WaOperator.Benchmarks.Placement;

// Run by hack/bench; see there.
try
{
    return args switch
    {
        ["placement", .. var rest] => PlacementBench.Run(rest),
        ["operator", .. var rest] => await OperatorBench.RunAsync(rest),
        _ => Unknown(),
    };
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

static int Unknown()
{
    Console.Error.WriteLine("which benchmark? placement or operator");
    return 2;
}
