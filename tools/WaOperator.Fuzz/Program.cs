using WaOperator.Fuzz;

return FuzzOptions.Parse(args, Console.Error) is { } options
    ? Campaign.Run(options, Console.Out)
    : 2;
