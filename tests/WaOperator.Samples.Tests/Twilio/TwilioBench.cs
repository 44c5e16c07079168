using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>The adapter between a double of the program and a double of WaOperator, which takes what it is sent.</summary>
public sealed class TwilioBench : IAsyncLifetime
{
    internal HttpDouble Program { get; private set; } = null!;

    internal HttpDouble Api { get; private set; } = null!;

    internal TwilioAdapter Adapter { get; private set; } = null!;

    internal string Database { get; private set; } = "";

    /// <summary>Where the program takes messages, with what an address may have.</summary>
    internal string ProgramUrl => $"{Program.Url}/sms?tenant=a%20b&x=1";

    public async Task InitializeAsync()
    {
        (Program, Api) = (await HttpDouble.StartAsync(), await HttpDouble.StartAsync());
        Api.Answers = _ => Task.FromResult(Answer.Json(202, """{"id":"x","state":"Queued"}"""));
        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        Adapter = await TwilioAdapter.StartAsync(Database, ProgramUrl, Api.Url);
    }

    public async Task DisposeAsync()
    {
        await Adapter.DisposeAsync();
        await Program.DisposeAsync();
        await Api.DisposeAsync();
    }
}
