using WaOperator.Interop.Clients;

namespace WaOperator.Interop;

/// <summary>Two accounts whose clients talk with each other.</summary>
public sealed class Pair(Server server, Release one, Release other, int index) : IAsyncDisposable
{
    /// <summary>Where they meet.</summary>
    public Server Server => server;

    /// <summary>One account.</summary>
    public Side One { get; } = new(one, $"4915{index}11111111", server);

    /// <summary>The other.</summary>
    public Side Other { get; } = new(other, $"4915{index}22222222", server);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
    }
}

/// <summary>One column of the matrix: who sends and who receives.</summary>
/// <param name="Server">Where they meet.</param>
/// <param name="From">Whose client is tried as the sender, or as the one to whom something happens.</param>
/// <param name="To">Whose client receives.</param>
public sealed record Direction(Server Server, Side From, Side To)
{
    /// <summary>As the matrix shows it.</summary>
    public string Name =>
        From.Release == To.Release
            ? $"{From.Release.Name()}<->{To.Release.Name()}"
            : $"{From.Release.Name()}->{To.Release.Name()}";
}
