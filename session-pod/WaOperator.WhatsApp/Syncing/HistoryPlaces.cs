namespace WaOperator.WhatsApp.Syncing;

/// <summary>
/// How many parts of the history are in hand at once in the whole process. A file may come as slowly as its account's proxy likes, so
/// those that load do not keep others from giving: what stands in an announcement needs no place among them. Who has loaded leaves
/// only when it may give, so no more files wait on disk than there are places.
/// </summary>
internal sealed class HistoryPlaces : IDisposable
{
    /// <summary>
    /// Files that load at once: each takes up to <see cref="History.HistoryReader.MaxFile"/> bytes of disk, and one of
    /// <see cref="Media.MediaOptions.MaxTransfers"/>, which files that tenants transfer need, too.
    /// </summary>
    public const int MostLoading = 8;

    /// <summary>Parts that are inflated and given to the store at once.</summary>
    public const int MostGiving = 4;

    /// <summary>Entered while a file loads.</summary>
    public SemaphoreSlim Loading { get; } = new(MostLoading);

    /// <summary>Entered while a part is inflated and given.</summary>
    public SemaphoreSlim Giving { get; } = new(MostGiving);

    /// <inheritdoc/>
    public void Dispose()
    {
        Loading.Dispose();
        Giving.Dispose();
    }
}
