namespace WaOperator.WhatsApp;

/// <summary>How a connection ended.</summary>
public enum DisconnectKind
{
    /// <summary>We closed it.</summary>
    LocalClose,

    /// <summary>No connection came about: name, route, TLS or the HTTP upgrade.</summary>
    ConnectFailed,

    /// <summary>The connection broke, or nothing came from the server for too long.</summary>
    ConnectionLost,

    /// <summary>The server closed the connection without giving a reason.</summary>
    StreamEnd,

    /// <summary>The server wants the device to connect again at once (515): regular after pairing.</summary>
    RestartRequired,

    /// <summary>Another connection logged in with the same credentials (440).</summary>
    Replaced,

    /// <summary>The device is no longer linked (401): its keys are worthless, it must be paired again.</summary>
    LoggedOut,

    /// <summary>The account is banned or locked, for a time (402) or until its owner acts (403).</summary>
    Banned,

    /// <summary>The server no longer accepts this client version (405, 409).</summary>
    ClientOutdated,

    /// <summary>The account may not reach out to new chats for some time (463).</summary>
    ReachOutTimelock,

    /// <summary>The account does not take part in multi-device (411).</summary>
    MultideviceMismatch,

    /// <summary>The server has a problem (5xx), or gave a code that is not known.</summary>
    ServerError,

    /// <summary>The server's certificate chain is not signed by the configured root, is for another key, or is out of its dates.</summary>
    CertificateRejected,

    /// <summary>The server sent what no server sends: malformed, oversized, forged or out of order.</summary>
    ProtocolError,

    /// <summary>No one scanned any of the round's codes.</summary>
    PairingExpired,

    /// <summary>What the phone signed does not hold: wrong HMAC or signature. The device was not linked.</summary>
    PairingRejected,

    /// <summary>The account demands its passkey (<see cref="PasskeyRequest"/>), and it was not used in time. The device was not linked.</summary>
    PasskeyRequired,

    /// <summary>Another phone than the expected one scanned the code. The device was not linked.</summary>
    PhoneMismatch,

    /// <summary>The server did not answer in time.</summary>
    Timeout,

    /// <summary>While we had to be silent, more came in than is held back.</summary>
    HeldTooMuch,

    /// <summary>The store failed: what must be durable before it is revealed could not be stored.</summary>
    StoreFailed,

    /// <summary>A defect of this library; the log has the details.</summary>
    InternalError,

    /// <summary>The device's proxy cannot be reached: its name, the route, or it ended the connection. Nothing went past it.</summary>
    ProxyUnreachable,

    /// <summary>The device's proxy did not let us through to the server. Nothing went past it.</summary>
    ProxyRefused,

    /// <summary>The device's proxy wants a user and a password, or does not accept those of its address.</summary>
    ProxyCredentialsRefused,

    /// <summary>TLS with the device's proxy (https://) failed: its certificate is not trusted, or it speaks no TLS.</summary>
    ProxyTlsFailed,

    /// <summary>The device's proxy is at no address that is allowed (<see cref="WhatsAppOptions.AllowProxyAt"/>).</summary>
    ProxyAddressRefused,
}

/// <summary>The end of one connection.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Code">The server's code, where it gave one.</param>
/// <param name="Message">For people; holds no secret and no full phone number.</param>
public sealed record Disconnect(DisconnectKind Kind, int? Code, string Message)
{
    /// <summary>How long the server says this lasts (a temporary ban).</summary>
    public TimeSpan? RetryAfter { get; init; }
}
