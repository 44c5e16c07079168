using WaOperator.Interop.Clients;

namespace WaOperator.Interop;

/// <summary>
/// One account with two linked devices of different clients: the first writes what only the account's own devices see, the second reads
/// it. Its phone owns the account's state.
/// </summary>
public sealed class Shared(Side owner, Release reader, Server server) : IAsyncDisposable
{
    private bool _hasWriter;
    private bool _hasReader;

    /// <summary>The account's phone number.</summary>
    public string Number { get; } = NumberOf(owner);

    /// <summary>The account by its number.</summary>
    public string Jid => $"{Number}@s.whatsapp.net";

    /// <summary>The device that writes.</summary>
    public Client Writer { get; } = Side.Make(owner.Release, NumberOf(owner), 1, server);

    /// <summary>The device that reads.</summary>
    public Client Reader { get; } = Side.Make(reader, NumberOf(owner), 2, server);

    /// <summary>Links the writer, once; the phone owns a state then.</summary>
    public async Task<Client> WriterAsync()
    {
        if (!_hasWriter)
        {
            await Writer.PairAsync(Number);
            await server.PutAsync($"/phones/{Number}", new { appState = true });
            _hasWriter = true;
        }
        return Writer;
    }

    /// <summary>Links the reader, once, after the writer.</summary>
    public async Task<Client> ReaderAsync()
    {
        await WriterAsync();
        if (!_hasReader)
        {
            await Reader.PairAsync(Number);
            _hasReader = true;
        }
        return Reader;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
    }

    private static string NumberOf(Side owner) => owner.Number[..^8] + "3" + owner.Number[^7..];
}
