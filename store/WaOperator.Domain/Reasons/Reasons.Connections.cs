namespace WaOperator.Domain;

/// <content>
/// How a connection to WhatsApp ended: one for each kind that the wire library tells, where no reason of a session has its name
/// already.
/// </content>
public static partial class Reasons
{
    /// <summary>The pod closed it.</summary>
    public static readonly Reason LocalClose = Define(About.Session, "closed by its shard");

    /// <summary>No connection came about.</summary>
    public static readonly Reason ConnectFailed = Define(
        About.Session,
        "no connection came about: name, route, TLS or the HTTP upgrade",
        "see whether the pods may reach the server (NetworkPolicy, DNS, proxy)"
    );

    /// <summary>The connection broke.</summary>
    public static readonly Reason ConnectionLost = Define(
        About.Session,
        "the connection broke; trying again"
    );

    /// <summary>The server closed it without a reason.</summary>
    public static readonly Reason StreamEnd = Define(
        About.Session,
        "the server closed the connection; trying again"
    );

    /// <summary>The server wants a new connection.</summary>
    public static readonly Reason RestartRequired = Define(
        About.Session,
        "the server wants the device to connect again, which is regular after pairing"
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
        "WhatsApp lets the account write to no new chats for some time (463); chats that exist already still work",
        "write to fewer strangers; the lock ends by itself"
    );

    /// <summary>The account does not take part in multi-device.</summary>
    public static readonly Reason MultideviceMismatch = Define(
        About.Session,
        "the account does not take part in multi-device",
        "update WhatsApp on the phone"
    );

    /// <summary>The server has a problem.</summary>
    public static readonly Reason ServerError = Define(
        About.Session,
        "the server has a problem; trying again"
    );

    /// <summary>The server's certificate is not the right one.</summary>
    public static readonly Reason CertificateRejected = Define(
        About.Session,
        "the server's certificate chain is not signed by the configured root, is for another key, or is out of its dates",
        "see spec.whatsapp of the pool, and who stands between the pods and the server"
    );

    /// <summary>The server sent what no server sends.</summary>
    public static readonly Reason ProtocolError = Define(
        About.Session,
        "the server sent what is malformed, forged or out of order; trying again"
    );

    /// <summary>What the phone signed does not hold.</summary>
    public static readonly Reason PairingRejected = Define(
        About.Session,
        "what the phone signed does not hold; the device was not linked",
        PairAgain
    );

    /// <summary>The account can only be linked with its passkey.</summary>
    public static readonly Reason PasskeyRequired = Define(
        About.Session,
        "the account can only be linked with its passkey, which a device without a browser does not have",
        "remove the passkey from the account, then pair again"
    );

    /// <summary>The server did not answer in time.</summary>
    public static readonly Reason Timeout = Define(
        About.Session,
        "the server did not answer in time; trying again"
    );

    /// <summary>More came in than is held back while the pod was silent.</summary>
    public static readonly Reason HeldTooMuch = Define(
        About.Session,
        "while its shard had to be silent, more came in than is held back; nothing is lost",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>What must be durable could not be stored.</summary>
    public static readonly Reason StoreFailed = Define(
        About.Session,
        "what must be durable before it is revealed could not be stored",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>A defect.</summary>
    public static readonly Reason InternalError = Define(
        About.Session,
        "a defect of the session pod; it tries again",
        "report it with the pod's log"
    );
}
