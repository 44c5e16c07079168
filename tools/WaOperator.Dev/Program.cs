using Npgsql;
using WaOperator.Dev;
using WaOperator.Store;

// The operator's part where there is no operator (hack/dev): it declares one session, and lets the simulator's phone scan its code.
if (args is not ["declare" or "connect"])
{
    await Console.Error.WriteLineAsync("usage: WaOperator.Dev declare|connect; hack/dev calls it");
    return 2;
}
try
{
    var settings = DevSettings.Read(Environment.GetEnvironmentVariable);
    await using var database = Database.ForOperator(settings.Database);
    if (args[0] == "declare")
        await Declaration.WriteAsync(database, settings);
    else
        await Phone.ConnectAsync(database, settings);
    return 0;
}
catch (Exception e)
    when (e is FormatException or TimeoutException or NpgsqlException or HttpRequestException)
{
    await Console.Error.WriteLineAsync($"hack/dev: {e.Message}");
    return 1;
}
