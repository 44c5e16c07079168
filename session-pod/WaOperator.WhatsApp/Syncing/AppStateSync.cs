using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>How a sync of a collection ended.</summary>
internal enum SyncResult
{
    /// <summary>What is stored is what the server has.</summary>
    UpToDate,

    /// <summary>The phone has not shared a key: to be tried again when it has.</summary>
    Parked,

    /// <summary>What the server has is not what its writers had, its snapshot neither: nothing more of it is taken.</summary>
    Stopped,
}

/// <summary>
/// Keeps the stored state of the account at the server's, and writes to it. One collection at a time: a write must build upon what it
/// has just read.
/// </summary>
/// <param name="link">Asks the server.</param>
/// <param name="book">What is stored.</param>
/// <param name="download">Loads a snapshot or an external patch, of so many bytes at most.</param>
/// <param name="tell">The events of what a patch changed, stored with it. What a snapshot holds is not told as events: it may be 100,000 contacts.</param>
/// <param name="time">When writes are made.</param>
internal sealed class AppStateSync(
    IStanzaLink link,
    AppStateBook book,
    Func<ExternalBlobReference, int, Task<byte[]>> download,
    Func<string, IReadOnlyList<Mutation>, IReadOnlyCollection<SessionEvent>> tell,
    TimeProvider time
) : IDisposable
{
    /// <summary>How often a write is made again because other devices were faster.</summary>
    private const int MaxConflicts = 10;

    /// <summary>
    /// How long a write waits at most after its second conflict; after each further one twice as long, up to <see cref="LongestPause"/>.
    /// Without it two devices that write at once can be in each other's way each time.
    /// </summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Mutations of a snapshot that are told one by one where nothing was before.</summary>
    private const int MaxTold = 200;

    /// <summary>How many answers of the server a sync takes: it may say for ever that there is more.</summary>
    private const int MaxPages = 1000;

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>The events of a snapshot, stored with it.</summary>
    public Func<string, Applied, IReadOnlyCollection<SessionEvent>> Synced { private get; init; } =
        static (_, _) => [];

    /// <summary>Entered while a snapshot or the file of a patch is held: it may be large, and many accounts may be linked at once. Null: no such bound.</summary>
    public SemaphoreSlim? Snapshots { private get; init; }

    /// <summary>A key is missing.</summary>
    public Func<byte[], Task> Missing { private get; init; } = static _ => Task.CompletedTask;

    /// <summary>A collection cannot be read.</summary>
    public Func<string, AppStateException, Task> Stopped { private get; init; } =
        static (_, _) => Task.CompletedTask;

    /// <summary>Takes all that a collection has got since the last time.</summary>
    /// <exception cref="QueryRefusedException">The server refused it.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    public async Task<SyncResult> SyncAsync(string collection, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            return await CatchUpAsync(collection, null, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes what a person does. When this returns the server has it, and so have the account's other devices soon.</summary>
    /// <param name="change">What.</param>
    /// <param name="last">The chat's last message, where the change is of a chat.</param>
    /// <param name="isStopped">Whether a collection cannot be read, as <see cref="Stopped"/> said.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="AppStateException">The phone has shared no key, or the collection cannot be read.</exception>
    /// <exception cref="QueryRefusedException">The server refused it.</exception>
    /// <exception cref="TimeoutException">The server did not answer: it may have it.</exception>
    public async Task WriteAsync(
        AccountChange change,
        LastMessage? last,
        Func<string, bool> isStopped,
        CancellationToken ct
    )
    {
        var (collection, changes) = ActionWriter.Write(change, time.GetUtcNow(), last);
        if (isStopped(collection))
            Demand(collection, SyncResult.Stopped);
        await _turn.WaitAsync(ct);
        try
        {
            // What was never synced may have a state at the server that cannot be written upon.
            if ((await book.StateAsync(collection)).Version == 0)
                Demand(collection, await CatchUpAsync(collection, null, ct));
            for (var conflicts = 0; conflicts <= MaxConflicts; conflicts++)
            {
                if (await TryWriteAsync(collection, changes) is not { } answer)
                    return;
                Demand(collection, await CatchUpAsync(collection, answer, ct));
                if (conflicts == 0)
                    continue;
                await Task.Delay(PauseAfter(conflicts), time, ct);
                Demand(collection, await CatchUpAsync(collection, null, ct));
            }
            throw new AppStateException(
                AppStateFault.WrongVersion,
                $"Other devices wrote to the collection {collection} each time that it was tried."
            );
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <returns>Null: the server has it. Else what came before it.</returns>
    private async Task<CollectionAnswer?> TryWriteAsync(
        string collection,
        IReadOnlyList<AppStateChange> changes
    )
    {
        var keyId =
            (await book.KeysAsync()).Newest?.Id
            ?? throw new AppStateException(
                AppStateFault.MissingKey,
                "The phone has not shared a key of the account's state yet."
            );
        var before = await book.StateAsync(collection);
        using var keys = await KeyringAsync();
        var macs = await book.MacsAsync(
            collection,
            AppStateWriter.Indexes(changes, keys.Get(keyId))
        );
        var (patch, applied) = AppStateWriter.Write(collection, before, macs, changes, keyId, keys);
        var answer = AppStateStanzas.Read(
            await link.QueryAsync(
                AppStateStanzas.Push(collection, before.Version, patch),
                "a change of the account's state"
            ),
            collection
        );
        if (answer.Error is null)
        {
            await book.ApplyAsync(collection, applied, []);
            return null;
        }
        return answer.Error == Conflict
            ? answer with
            {
                Error = null,
            }
            : throw new QueryRefusedException(
                "a change of the account's state",
                answer.Error,
                null
            );
    }

    private const int Conflict = 409;

    /// <remarks>
    /// Whatever the server answers, it ends: the snapshot is asked for once, and an answer that has more must lead further.
    /// </remarks>
    /// <param name="collection">The collection.</param>
    /// <param name="answer">What the server has said already; null: it is asked.</param>
    /// <param name="ct">Gives up between two answers.</param>
    private async Task<SyncResult> CatchUpAsync(
        string collection,
        CollectionAnswer? answer,
        CancellationToken ct
    )
    {
        var (fresh, restarted) = (false, false);
        for (var page = 0; ; page++)
        {
            ct.ThrowIfCancellationRequested();
            var state = await book.StateAsync(collection);
            try
            {
                answer ??= await FetchAsync(collection, fresh ? 0 : state.Version);
                var reached = await TakeAsync(collection, state, answer, ct);
                if (!answer.HasMore)
                    return SyncResult.UpToDate;
                if ((reached <= state.Version && answer.Snapshot is null) || page == MaxPages)
                    throw AppStateException.Malformed(
                        $"The server says for ever that there is more of the collection {collection}."
                    );
                fresh = false;
            }
            catch (AppStateException e) when (e.Fault == AppStateFault.MissingKey)
            {
                if (e.KeyId is { } keyId)
                    await Missing(keyId);
                return SyncResult.Parked;
            }
            catch (AppStateException) when (!restarted && state.Version != 0)
            {
                // Once from the beginning: a patch that was lost or damaged does not matter to the snapshot.
                (fresh, restarted) = (true, true);
            }
            catch (AppStateException e)
            {
                await Stopped(collection, e);
                return SyncResult.Stopped;
            }
            answer = null;
        }
    }

    private async Task<CollectionAnswer> FetchAsync(string collection, ulong version)
    {
        const string What = "the account's state";
        var answer = AppStateStanzas.Read(
            await link.QueryAsync(AppStateStanzas.Fetch(collection, version), What),
            collection
        );
        return answer.Error is { } code
            ? throw new QueryRefusedException(What, code, null)
            : answer;
    }

    /// <returns>The version that what is stored has now.</returns>
    private async Task<ulong> TakeAsync(
        string collection,
        CollectionState state,
        CollectionAnswer answer,
        CancellationToken ct
    )
    {
        if (answer.Snapshot is { } reference)
        {
            state = await TakeSnapshotAsync(collection, state, reference, ct);
        }
        else if (state.Version == 0 && answer.Patches.Count == 0)
        {
            await book.SetEmptyAsync(collection);
        }
        foreach (var patch in answer.Patches)
        {
            // The answer to a conflict may begin before what has been stored meanwhile.
            if (patch.Version is { HasVersion: true } told && told.Version <= state.Version)
                continue;
            if (patch.ExternalMutations is { } external)
            {
                patch.Mutations.Clear();
                patch.Mutations.Add(await LoadMutationsAsync(external, ct));
            }
            var macs = await book.MacsAsync(collection, AppStateReader.Indexes(patch));
            using var keys = await KeyringAsync();
            var applied = AppStateReader.Apply(collection, state, macs, patch, keys);
            await book.ApplyAsync(collection, applied, tell(collection, applied.Mutations));
            state = applied.State;
        }
        return state.Version;
    }

    private async Task<IEnumerable<SyncdMutation>> LoadMutationsAsync(
        ExternalBlobReference reference,
        CancellationToken ct
    )
    {
        if (Snapshots is not null)
            await Snapshots.WaitAsync(ct);
        try
        {
            return AppStateReader
                .ParseMutations(await download(reference, AppStateLimits.PatchSize))
                .Mutations;
        }
        finally
        {
            Snapshots?.Release();
        }
    }

    private async Task<CollectionState> TakeSnapshotAsync(
        string collection,
        CollectionState before,
        ExternalBlobReference reference,
        CancellationToken ct
    )
    {
        if (Snapshots is not null)
            await Snapshots.WaitAsync(ct);
        try
        {
            var snapshot = AppStateReader.ParseSnapshot(
                await download(reference, AppStateLimits.SnapshotSize)
            );
            using var keys = await KeyringAsync();
            var opened = AppStateReader.Open(collection, snapshot, keys);
            if (opened.State.Version < before.Version)
                throw new AppStateException(
                    AppStateFault.WrongVersion,
                    $"The server gives version {opened.State.Version} of the collection {collection}, which was at {before.Version} already."
                );
            // Of what was empty everything is new, and is told as it would be of patches; but a snapshot may be large.
            var told =
                opened.Mutations.Count <= MaxTold && await book.WasEmptyAsync(collection)
                    ? tell(collection, opened.Mutations)
                    : Synced(collection, opened);
            await book.ReplaceAsync(collection, opened, told);
            return opened.State;
        }
        finally
        {
            Snapshots?.Release();
        }
    }

    private static TimeSpan PauseAfter(int conflicts)
    {
        var most = FirstPause * Math.Pow(2, conflicts - 1);
        return Random.Shared.NextDouble() * (most < LongestPause ? most : LongestPause);
    }

    private static void Demand(string collection, SyncResult result)
    {
        if (result == SyncResult.Parked)
            throw new AppStateException(
                AppStateFault.MissingKey,
                $"The phone has not shared a key of the collection {collection}."
            );
        if (result == SyncResult.Stopped)
            throw AppStateException.Malformed($"The collection {collection} cannot be read.");
    }

    private async Task<AppStateKeyring> KeyringAsync() => new((await book.KeysAsync()).Find);
}
