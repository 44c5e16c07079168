using WaOperator.Benchmarks.Operator;
using WaOperator.Benchmarks.Placement;

// Run by hack/bench; see there.
return args switch
{
    ["placement", .. var rest] => PlacementBench.Run(rest),
    ["operator", .. var rest] => await OperatorBench.RunAsync(rest),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("which benchmark? placement or operator");
    return 2;
}
