using WaOperator.Benchmarks.Operator;
using WaOperator.Benchmarks.Placement;
using WaOperator.Benchmarks.WhatsApp;

// Run by hack/bench; see there.
try
{
    return args switch
    {
        ["placement", .. var rest] => PlacementBench.Run(rest),
        ["operator", .. var rest] => await OperatorBench.RunAsync(rest),
        ["whatsapp", .. var rest] => await Campaign.RunAsync(rest),
        // A child of the benchmark whatsapp.
        ["heap-pod"] => await HeapPod.RunAsync(),
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
    Console.Error.WriteLine("which benchmark? placement, operator or whatsapp");
    return 2;
}
