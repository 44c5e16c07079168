namespace WaOperator.Gateway;

/// <summary>
/// The ids of what a gateway logs, from 6000 on. Each folder has a hundred of them. An id keeps its meaning: one that is no longer logged
/// is not used again.
/// </summary>
internal static class EventIds
{
    private const int Hosting = 6000;
    private const int Sessions = 6300;
    private const int Audit = 6400;

    public const int StoreWatchAway = Hosting + 1;
    public const int StoreWatchBack = Hosting + 2;
    public const int GatewayErrorsFailed = Hosting + 3;
    public const int GatewayErrorsAway = Hosting + 6;
    public const int TlsFilesLoaded = Hosting + 4;
    public const int TlsFilesRefused = Hosting + 5;

    public const int SessionWritesRefused = Sessions + 1;
    public const int SessionWritesAway = Sessions + 2;

    public const int AuditWriterAway = Audit + 1;
    public const int AuditWriterDropped = Audit + 2;
    public const int AuditWriterNotTrimmed = Audit + 3;
    public const int AuditWriterRefused = Audit + 4;
}
