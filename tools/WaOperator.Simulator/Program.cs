using System.Text.Json;
using WaOperator.Simulator;

SimulatorOptions options;
try
{
    options = SimulatorOptions.Parse(args, Environment.GetEnvironmentVariable);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"simulator: {e.Message}");
    return 2;
}
try
{
    await using var simulator = await SimulatorHost.StartAsync(options, LogLevel.Information);
    Console.WriteLine(
        JsonSerializer.Serialize(
            new
            {
                @event = "listening",
                url = simulator.Url,
                control = simulator.Control,
                rootKey = Convert.ToHexStringLower(simulator.Server.RootPublic),
            }
        )
    );
    await simulator.WaitAsync();
    return 0;
}
catch (Exception e)
    when (e
            is IOException
                or FormatException
                or UnauthorizedAccessException
                or System.Security.Cryptography.CryptographicException
    )
{
    await Console.Error.WriteLineAsync($"simulator: {e.Message}");
    return 1;
}
