using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>A sample that runs as a stranger runs it: its built program, its settings in the environment, plain HTTP on a free port.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";
    private readonly Child _child;

    private SampleProcess(Child child, Uri address)
    {
        _child = child;
        Http = new() { BaseAddress = address };
    }

    /// <summary>Where it listens; another one after each start.</summary>
    public Uri Address => Http.BaseAddress!;

    /// <summary>Calls it, past the ingress.</summary>
    public HttpClient Http { get; }

    /// <summary>What it printed last.</summary>
    public string Tail => _child.Tail;

    /// <summary>Starts a sample and waits until it listens.</summary>
    /// <param name="sample">The name of its folder and of its project.</param>
    /// <param name="environment">Its settings, such as <c>Orders__Database</c>.</param>
    /// <exception cref="InvalidOperationException">It ended instead; says what it printed.</exception>
    public static async Task<SampleProcess> StartAsync(
        string sample,
        IReadOnlyDictionary<string, string> environment
    )
    {
        Uri? address = null;
        var child = Child.Start(
            $"samples/{sample}",
            new Dictionary<string, string>(environment)
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            },
            onLine: line =>
            {
                var at = line.IndexOf(Listening, StringComparison.Ordinal);
                if (at >= 0)
                    address = new(line[(at + Listening.Length)..].Trim());
            }
        );
        try
        {
            await Eventually.True(
                $"{sample} listens",
                () => address is not null || child.HasExited
            );
        }
        catch (TimeoutException e)
        {
            await child.DisposeAsync();
            throw new TimeoutException($"{e.Message}; it printed:\n{child.Tail}", e);
        }
        if (address is not null)
            return new(child, address);
        await child.DisposeAsync();
        throw new InvalidOperationException($"{sample} ended at once:\n{child.Tail}");
    }

    /// <summary>Ends it as a crash does: between any two of its instructions.</summary>
    public Task KillAsync() => _child.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _child.DisposeAsync();
    }
}
