using WaOperator.Bench;

return args is ["heap-pod"] ? await HeapPod.RunAsync() : await Campaign.RunAsync(args);
