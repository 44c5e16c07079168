namespace WaOperator.WhatsApp;

/// <summary>
/// The event ids of what this library logs. Each folder has a hundred of them. An id keeps its meaning: one that is no longer logged is
/// not used again.
/// </summary>
internal static class EventIds
{
    private const int Client = 5000;
    private const int Directories = 5100;
    private const int Durability = 5200;
    private const int Login = 5300;
    private const int Pairing = 5400;
    private const int PreKeys = 5500;
    private const int Receiving = 5600;
    private const int Running = 5700;
    private const int Sending = 5800;
    private const int Root = 5900;
    private const int Syncing = 6000;

    public const int SessionFailed = Client + 1;
    public const int SessionUnlinkFailed = Client + 2;
    public const int StanzaRouterIgnored = Client + 3;

    public const int RatchetsNoSession = Directories + 1;
    public const int DeviceDirectoryNotProven = Directories + 2;

    public const int RecordCacheDamaged = Durability + 1;

    public const int LoginFlowDoWithout = Login + 1;

    public const int CodeFlowOver = Pairing + 1;
    public const int CodeFlowIgnored = Pairing + 2;
    public const int CodeFlowRefused = Pairing + 3;
    public const int PairingFlowNotExpected = Pairing + 4;
    public const int PairingFlowRoundEnded = Pairing + 5;
    public const int PasskeyFlowOver = Pairing + 6;
    public const int PasskeyFlowIgnored = Pairing + 7;
    public const int PasskeyFlowRefused = Pairing + 8;

    public const int PreKeyKeeperUploaded = PreKeys + 1;
    public const int PreKeyKeeperNotChecked = PreKeys + 2;
    public const int PreKeyKeeperRotated = PreKeys + 3;
    public const int PreKeyKeeperOtherSigned = PreKeys + 4;

    public const int ReceiverDropped = Receiving + 1;

    public const int EventFeedHandlerFailed = Running + 1;
    public const int EventFeedSkipped = Running + 2;
    public const int EventFeedSkippedFailed = Running + 3;
    public const int EventFeedStoreFailed = Running + 4;

    public const int LateDevicesNotFound = Sending + 1;
    public const int ResenderNotResent = Sending + 2;

    public const int WhatsAppClientDisconnected = Root + 1;
    public const int WhatsAppClientHandlerFailed = Root + 2;

    public const int StateKeeperParked = Syncing + 1;
    public const int StateKeeperFailed = Syncing + 2;
    public const int StateKeeperStopped = Syncing + 3;
    public const int HistoryKeeperFailed = Syncing + 4;
    public const int HistoryKeeperLost = Syncing + 5;
    public const int HistoryKeeperTooMany = Syncing + 6;
}
