using WaOperator.Client;

return await Cli.RunAsync(args, Console.Out);
