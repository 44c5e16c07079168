namespace WaOperator.Kubernetes;

/// <summary>
/// The event ids of all that the controller runtime logs: a filter or an alert can go by them, whatever the text says. A folder has a
/// hundred. An id is never used for another message; a new message takes the next number of its folder.
/// </summary>
internal static class EventIds
{
    // Cache: 1000 to 1099
    public const int InformerHandlerFailed = 1001;
    public const int ReflectorListed = 1002;
    public const int ReflectorExpired = 1003;
    public const int ReflectorNoWatchList = 1004;
    public const int ReflectorFailed = 1005;

    // Controllers: 1100 to 1199
    public const int ControllerStarted = 1101;
    public const int ControllerFailed = 1102;
    public const int ControllerConflict = 1103;
    public const int ControllerUnseen = 1104;
    public const int ManagerSynced = 1105;

    // Events: 1200 to 1299
    public const int EventRecorderDropped = 1201;
    public const int EventRecorderFailed = 1202;

    // LeaderElection: 1300 to 1399
    public const int LeaderElectorStands = 1301;
    public const int LeaderElectorLeads = 1302;
    public const int LeaderElectorLost = 1303;
    public const int LeaderElectorReleased = 1304;
    public const int LeaderElectorReleaseFailed = 1305;
    public const int LeaderElectorAttemptFailed = 1306;
    public const int LeaderElectorWorkFailed = 1307;
}
