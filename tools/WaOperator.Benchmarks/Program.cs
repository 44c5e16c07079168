using WaOperator.Benchmarks.Api;
using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.Operator;
using WaOperator.Benchmarks.Placement;
using WaOperator.Benchmarks.Webhooks;
using WaOperator.Benchmarks.WhatsApp;

// Run by hack/bench; see there.
try
{
    return args switch
    {
        ["placement", .. var rest] => PlacementBench.Run(rest),
        ["operator", .. var rest] => await OperatorBench.RunAsync(rest),
        ["whatsapp", .. var rest] => await Campaign.RunAsync(rest),
        ["api", .. var rest] => await ApiBench.RunAsync(rest),
        ["webhooks", .. var rest] => await WebhookBench.RunAsync(rest),
        // Children of the benchmarks whatsapp and api.
        ["heap-pod"] => await HeapPod.RunAsync(),
        ["gateway", var pod] => await GatewayChild.RunAsync(pod),
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
    Console.Error.WriteLine("which benchmark? api, placement, operator, webhooks or whatsapp");
    return 2;
}
