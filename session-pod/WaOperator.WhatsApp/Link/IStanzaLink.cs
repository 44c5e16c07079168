using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Link;

/// <summary>Sends the stanzas of one connection, and asks the server.</summary>
internal interface IStanzaLink
{
    /// <summary>Sends a stanza as soon as the gate is open.</summary>
    /// <exception cref="OperationCanceledException">The connection ended, or is being closed.</exception>
    Task SendAsync(BinaryNode node);

    /// <summary>Sends a stanza that is encoded already as soon as the gate is open.</summary>
    /// <inheritdoc cref="SendAsync"/>
    Task SendEncodedAsync(ReadOnlyMemory<byte> stanza);

    /// <summary>Sends a query and waits for its answer. Not to be awaited in a handler.</summary>
    /// <param name="query">An iq; it gets an id.</param>
    /// <param name="what">What it asks for, to be read after "the server refused ...".</param>
    /// <exception cref="QueryRefusedException">The server answered with an error.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    Task<BinaryNode> QueryAsync(BinaryNode query, string what);

    /// <summary>An id that this connection has not used yet.</summary>
    string NextQueryId();
}
