namespace WaOperator.Domain;

/// <content>
/// How a connection to WhatsApp ended: one for each kind that the wire library reports, where no reason of a session has its name
/// already.
/// </content>
public static partial class Reasons
{
    /// <summary>The pod closed it.</summary>
    public static readonly Reason LocalClose = Define(About.Session, "closed by its shard");

    /// <summary>No connection came about.</summary>
    public static readonly Reason ConnectFailed = Define(
        About.Session,
        "could not connect: DNS, routing, TLS or the HTTP upgrade failed",
        "check that the pods can reach the server (NetworkPolicy, DNS)"
    );

    /// <summary>The session's proxy cannot be reached.</summary>
    public static readonly Reason ProxyUnreachable = Define(
        About.Session,
        "the session's proxy cannot be reached; it does not connect without it",
        "check the proxy's address and that it runs, and that the pods can reach it (NetworkPolicy, DNS)"
    );

    /// <summary>The session's proxy refuses the way to the server.</summary>
    public static readonly Reason ProxyRefused = Define(
        About.Session,
        "the session's proxy does not let it through to the server; it does not connect without it",
        "let the proxy allow the hosts of WhatsApp, port 443"
    );

    /// <summary>The session's proxy refuses who it is.</summary>
    public static readonly Reason ProxyCredentialsRefused = Define(
        About.Session,
        "the session's proxy does not accept its user and password; it does not connect without it",
        "correct user and password in the proxy's address"
    );

    /// <summary>TLS with the session's proxy failed.</summary>
    public static readonly Reason ProxyTlsFailed = Define(
        About.Session,
        "TLS with the session's proxy failed; it does not connect without it",
        "check that the proxy speaks TLS with a certificate that is trusted and names its host"
    );

    /// <summary>The session's proxy is where none may be.</summary>
    public static readonly Reason ProxyAddressRefused = Define(
        About.Session,
        "the session's proxy is at an address of a private or special network that the pool does not allow; it does not connect without it",
        "name a proxy of the public Internet, or have the administrator add its network to spec.egress.allowedNetworks of the pool"
    );

    /// <summary>What the session's proxy is cannot be opened.</summary>
    public static readonly Reason ProxyUnreadable = Define(
        About.Session,
        "the pod cannot open the address of the session's proxy; it does not connect without it",
        "see the message: give the pods the master keys that they had when they first ran, and restart them; an address that is none is corrected in the Secret"
    );

    /// <summary>The Secret of the proxy is not as it must be.</summary>
    public static readonly Reason ProxySecretInvalid = Define(
        About.Session,
        "the Secret that spec.proxySecretRef names is missing, has no such key, or holds what is no address of a proxy",
        "put addresses such as socks5://user:password@host:1080 under the key, one in each line (docs/proxies.md)"
    );

    /// <summary>No session pod has ever run, and the proxy's address cannot be handed over yet.</summary>
    public static readonly Reason ProxyWaitsForPods = Define(
        About.Session,
        "no session pod has run yet that the address of its proxy could be sealed for",
        "nothing; it is handed over within seconds after the first session pod has started"
    );

    /// <summary>The connection broke.</summary>
    public static readonly Reason ConnectionLost = Define(
        About.Session,
        "the connection was lost; reconnecting"
    );

    /// <summary>The server closed it without a reason.</summary>
    public static readonly Reason StreamEnd = Define(
        About.Session,
        "the server closed the connection; reconnecting"
    );

    /// <summary>The server wants a new connection.</summary>
    public static readonly Reason RestartRequired = Define(
        About.Session,
        "the server asked the device to reconnect, as it does after pairing"
    );

    /// <summary>The server no longer accepts this client version.</summary>
    public static readonly Reason ClientOutdated = Define(
        About.Session,
        "the server no longer accepts this client version",
        "roll out a newer image"
    );

    /// <summary>The account may not reach out to new chats for some time.</summary>
    public static readonly Reason ReachOutTimelock = Define(
        About.Session,
        "WhatsApp does not let the account start new chats for some time (463); existing chats still work",
        "start fewer new chats; the restriction ends by itself"
    );

    /// <summary>The account does not take part in multi-device.</summary>
    public static readonly Reason MultideviceMismatch = Define(
        About.Session,
        "the account does not support multi-device",
        "update WhatsApp on the phone"
    );

    /// <summary>The server has a problem.</summary>
    public static readonly Reason ServerError = Define(
        About.Session,
        "the server reported an internal error; reconnecting"
    );

    /// <summary>The server's certificate is not the right one.</summary>
    public static readonly Reason CertificateRejected = Define(
        About.Session,
        "the server's certificate chain is not signed by the configured root, does not match its key, or has expired",
        "check spec.whatsapp of the pool, and what proxies the traffic between the pods and the server"
    );

    /// <summary>The server sent what no server sends.</summary>
    public static readonly Reason ProtocolError = Define(
        About.Session,
        "the server sent malformed, forged or out-of-order data; reconnecting"
    );

    /// <summary>What the phone signed does not hold.</summary>
    public static readonly Reason PairingRejected = Define(
        About.Session,
        "the phone's signature is not valid; the device was not linked",
        PairAgain
    );

    /// <summary>The account is linked only with its passkey.</summary>
    public static readonly Reason PasskeyRequired = Define(
        About.Session,
        "the account demands its passkey before it links a device",
        "use it within five minutes: the session's pairing page, or docs/passkeys.md, has the script for WhatsApp Web; after that pair again"
    );

    /// <summary>The passkey was accepted, and a code is to be compared.</summary>
    public static readonly Reason PasskeyCodeShown = Define(
        About.Session,
        "the passkey was accepted; the phone shows a code that must be the same as the one of the session's pairing",
        "compare both, and confirm it where the session's code is shown"
    );

    /// <summary>The server did not answer in time.</summary>
    public static readonly Reason Timeout = Define(
        About.Session,
        "the server did not answer in time; reconnecting"
    );

    /// <summary>More came in than is held back while the pod was silent.</summary>
    public static readonly Reason HeldTooMuch = Define(
        About.Session,
        "more arrived while its shard had to be silent than is buffered; nothing is lost",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>What must be durable could not be stored.</summary>
    public static readonly Reason StoreFailed = Define(
        About.Session,
        "data that must be durable before it is acknowledged could not be stored",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>A defect.</summary>
    public static readonly Reason InternalError = Define(
        About.Session,
        "an internal error of the session pod; retrying",
        "report it with the pod's logs"
    );
}
