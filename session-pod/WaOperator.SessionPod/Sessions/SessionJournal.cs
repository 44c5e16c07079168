using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using WaOperator.Domain;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Sessions;

/// <summary>Another pod owns the session, or this one gave it up: it must be dropped, and nothing more is written of it.</summary>
internal sealed class SessionLostException : Exception;

/// <summary>
/// What a session has reported, and the only way to report more. Each entry is durable before it counts; entries of one session come
/// one after the other, so that each builds on the last. The code that waits to be scanned is removed by the first entry that
/// leaves <see cref="SessionPhase.Pairing"/>.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing."
)]
internal sealed partial class SessionJournal
{
    private readonly SessionContext _context;
    private readonly long _tenant;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SessionState _state;
    private PairingWatch _watch;
    private bool _codeShown;
    private bool _lost;
    private bool _inDoubt;

    /// <param name="context">What all sessions share.</param>
    /// <param name="session">The session.</param>
    /// <param name="epoch">The epoch of the claim.</param>
    /// <param name="before">What the last owner reported; null for a session that has not run before.</param>
    public SessionJournal(
        SessionContext context,
        Assignment session,
        long epoch,
        SessionState? before
    )
    {
        _context = context;
        _tenant = session.TenantId;
        Name = $"{session.Namespace}/{session.Name}";
        Phone = PhoneNumber.Mask(session.Phone);
        _state = before is null ? Unknown(session.Id, epoch) : before with { Epoch = epoch };
        _codeShown = _state.Phase == SessionPhase.Pairing;
        context.Counts.Enter(_state.Phase);
        Numbers = new(() =>
            context.Messages.ReadAsync(
                ct => context.Messages.Stored.LastEventAsync(session.Id, ct),
                context.Messages.Ended
            )
        );
    }

    /// <summary>Namespace and name, for logs.</summary>
    public string Name { get; }

    /// <summary>The masked phone, for logs.</summary>
    public string Phone { get; }

    /// <summary>Numbers the events that are told of the session, its messages' among them.</summary>
    public JournalNumbers Numbers { get; }

    /// <summary>The last entry.</summary>
    public SessionState State => Volatile.Read(ref _state);

    /// <summary>The code that waits to be scanned or typed; null for none.</summary>
    public PairingCode? Code => _watch.Code;

    /// <summary>The session has ended here; see <see cref="Close"/>.</summary>
    public bool Closed => _watch.Ended;

    /// <inheritdoc cref="PairingWatch.NextChange"/>
    public Task NextChange() => _watch.NextChange();

    /// <summary>The epoch is over: nothing can be reported any more.</summary>
    public bool Lost => Volatile.Read(ref _lost);

    /// <summary>A write of keys or records got no answer and may still become durable: the session is to be claimed again.</summary>
    public bool InDoubt => Volatile.Read(ref _inDoubt);

    /// <summary>See <see cref="InDoubt"/>; nothing more is reported under this epoch.</summary>
    public void Doubt()
    {
        Volatile.Write(ref _inDoubt, true);
        Volatile.Write(ref _lost, true);
    }

    /// <summary>What the stored credentials say counts more than what was reported of them. Reported with the next entry.</summary>
    public void SetPaired(bool paired)
    {
        if (paired == _state.Paired)
            return;
        var found = _state with { Paired = paired };
        // Imported: who asked before to take a device off did not mean this one.
        Volatile.Write(
            ref _state,
            paired ? SessionReports.Kept(found, _context.Time.GetUtcNow()) : found
        );
    }

    /// <summary>The session ends here.</summary>
    public void Close()
    {
        _context.Counts.Leave(State.Phase);
        _watch.End();
    }

    /// <summary>Reports a transition, unless it is none.</summary>
    /// <param name="change">Makes the new state of the last one.</param>
    /// <param name="wipeKeys">Removes the session's keys in the same transaction.</param>
    /// <exception cref="SessionLostException">The epoch is over.</exception>
    /// <exception cref="Npgsql.PostgresException">PostgreSQL refuses the entry.</exception>
    public Task EnterAsync(Func<SessionState, SessionState> change, bool wipeKeys = false) =>
        InTurnAsync(() =>
            WriteAsync(change(State), code: null, wipeKeys ? KeyMove.Wipe : KeyMove.None)
        );

    /// <summary>Restores the archived keys in the transaction that reports it, or reports that there are none.</summary>
    /// <param name="request">What asked for it.</param>
    /// <param name="archive">The archive; null for none. It stays for an hour after the last one that is offered.</param>
    /// <inheritdoc cref="EnterAsync"/>
    public Task RestoreAsync(string request, SessionArchive? archive) =>
        InTurnAsync(() =>
            WriteAsync(
                SessionReports.Restored(State, request, archive, _context.Time.GetUtcNow()),
                code: null,
                archive is null ? KeyMove.None : KeyMove.Restore
            )
        );

    /// <summary>
    /// Waits for a report that must not end what it reports of. One that PostgreSQL refuses is left to the next transition, which
    /// reports again.
    /// </summary>
    /// <param name="report">From <see cref="EnterAsync"/> or <see cref="ShowAsync"/>.</param>
    /// <returns>False: the epoch is over.</returns>
    public async ValueTask<bool> TryAsync(Task report)
    {
        try
        {
            await report;
        }
        catch (SessionLostException)
        {
            return false;
        }
        catch (DbException e)
        {
            Log.NotReported(_context.Logger, Name, e.Message);
        }
        return true;
    }

    /// <summary>Shows a code, unless the device has been linked meanwhile.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public Task ShowAsync(PairingCode code, Func<SessionState, SessionState> change) =>
        InTurnAsync(async () =>
        {
            if (_state.Paired)
                return;
            _codeShown = true;
            await WriteAsync(change(State), code, KeyMove.None);
            _watch.Show(code);
        });

    /// <summary>Commits keys; the news that the device is linked joins the transaction that makes it true.</summary>
    public async Task<CommitOutcome> CommitKeysAsync(
        IReadOnlyList<KeyWrite> keys,
        DeviceCredentials credentials
    )
    {
        var outcome = CommitOutcome.Unknown;
        await InTurnAsync(async () =>
        {
            var linked = Linked(credentials);
            var write = new SessionWrite(_state.SessionId, _state.Epoch)
            {
                Keys = keys,
                State = linked,
                ClearPairing = linked is not null,
                ClearFlags = linked is not null,
            };
            var told = false;
            if (linked is null)
                outcome = await CommitAsync(write, committed: null);
            else
            {
                linked = SessionNews.Marked(_state, linked);
                (outcome, told) = await TellAsync(
                    write with
                    {
                        State = linked,
                    },
                    NewsOf(linked, code: null),
                    again: false
                );
            }
            if (outcome == CommitOutcome.Unknown)
                Doubt();
            if (outcome == CommitOutcome.Committed && linked is not null)
                Moved(told ? linked : Untold(linked));
        });
        return outcome;
    }

    private async Task WriteAsync(SessionState next, PairingCode? code, KeyMove move)
    {
        next = SessionNews.Marked(_state, next);
        var news = !IsSame(next, _state);
        var clear = _codeShown && next.Phase != SessionPhase.Pairing;
        if (!news && code is null && !clear && move == KeyMove.None)
            return;
        var write = new SessionWrite(next.SessionId, next.Epoch)
        {
            State = news ? next : null,
            Pairing = code,
            ClearPairing = clear,
            WipeKeys = move != KeyMove.None,
            // Keys of a device that was never linked would replace an archive that is worth something.
            ArchiveKeys = move == KeyMove.Wipe && _state.Paired,
            RestoreKeys = move == KeyMove.Restore,
        };
        // A second restore would find no archive, and remove what the first one brought.
        var (outcome, told) = await TellAsync(
            write,
            NewsOf(next, code),
            again: move != KeyMove.Restore
        );
        if (outcome == CommitOutcome.Unknown)
            Doubt();
        if (outcome != CommitOutcome.Committed)
            throw new SessionLostException();
        if (news)
            Moved(told ? next : Untold(next));
        _codeShown &= !clear;
    }

    private enum KeyMove
    {
        None,
        Wipe,
        Restore,
    }

    private IReadOnlyList<HostEvent> NewsOf(SessionState next, PairingCode? code) =>
        SessionNews.Of(_state, next, code, _context.Time.GetUtcNow());

    private async Task<CommitOutcome> CommitAsync(SessionWrite write, Action? committed)
    {
        var outcome = await _context.Commits.CommitAsync(_tenant, write, lane: null, committed);
        if (outcome == CommitOutcome.Fenced)
            _context.Metrics.Fenced();
        if (outcome is CommitOutcome.Fenced or CommitOutcome.Dropped)
            Volatile.Write(ref _lost, true);
        return outcome;
    }

    private async Task InTurnAsync(Func<Task> write)
    {
        await _turn.WaitAsync();
        try
        {
            await write();
        }
        finally
        {
            _turn.Release();
        }
    }

    private SessionState? Linked(DeviceCredentials credentials) =>
        credentials is { IsPaired: true, Me: { } me } && !_state.Paired
            ? SessionReports.Linked(_state, _context.Time.GetUtcNow()) with
            {
                Phone = me.User,
                Jid = me.ToString(),
                Lid = credentials.Lid?.ToString(),
                Platform = credentials.Platform,
            }
            : null;

    private void Moved(SessionState next)
    {
        if (next.Phase != _state.Phase)
        {
            Log.Transition(
                _context.Logger,
                Name,
                Phone,
                _state.Phase,
                next.Phase,
                next.Reason,
                next.Message
            );
            _context.Counts.Leave(_state.Phase);
            _context.Counts.Enter(next.Phase);
        }
        _codeShown &= next.Phase == SessionPhase.Pairing;
        Volatile.Write(ref _state, next);
        _watch.Show(next.Phase == SessionPhase.Pairing ? _watch.Code : null);
    }

    /// <summary>The message alone is no transition: texts of failures vary from try to try.</summary>
    private static bool IsSame(SessionState a, SessionState b) =>
        a with { Message = b.Message } == b;

    private static SessionState Unknown(long session, long epoch) =>
        new()
        {
            SessionId = session,
            Epoch = epoch,
            Phase = SessionPhase.Starting,
        };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionJournalTransition,
            LogLevel.Information,
            "session {Session} (phone {Phone}): {From} -> {To} ({Reason}) {Message}"
        )]
        public static partial void Transition(
            ILogger logger,
            string session,
            string phone,
            SessionPhase from,
            SessionPhase to,
            string reason,
            string message
        );

        [LoggerMessage(
            EventIds.SessionJournalNotReported,
            LogLevel.Warning,
            "session {Session}: PostgreSQL refused a report; the next transition reports again: {Error}"
        )]
        public static partial void NotReported(ILogger logger, string session, string error);

        [LoggerMessage(
            EventIds.SessionJournalNotTold,
            LogLevel.Warning,
            "session {Session}: its state is reported, but not told as an event: {Error}"
        )]
        public static partial void NotTold(ILogger logger, string session, string error);
    }
}
