namespace WaOperator.WhatsApp.Link;

/// <summary>How long a connection lasts, and the work that lasts no longer.</summary>
internal interface ILifetime
{
    /// <summary>Cancelled when the connection has ended.</summary>
    CancellationToken Ended { get; }

    /// <summary>Starts background work. Its failure ends the connection.</summary>
    void Run(Func<Task> work);
}

/// <summary>A connection that the server's words or the course of a pairing may end.</summary>
internal interface IConnection : ILifetime
{
    /// <summary>Ends the connection at once. The first outcome counts.</summary>
    void End(Disconnect outcome);

    /// <summary>Ends the connection politely: what was sent arrives. Does not wait, so that handlers and background work may call it.</summary>
    void BeginClose(Disconnect outcome);
}
