using System.Runtime.CompilerServices;
using Npgsql;
using Npgsql.Internal;

namespace WaOperator.Store;

/// <summary>
/// Watches a connection while it commits: breaks it when the answer takes too long, and hears what PostgreSQL says beside its answer.
/// To be disposed before the connection.
/// </summary>
internal sealed class CommitWatch : IDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenRegistration _registration;
    private PostgresNotice? _unreplicated;
    private volatile bool _broken;

    /// <param name="connection">Its command timeout is the patience; 0 is infinite.</param>
    /// <param name="caller">Ends the patience.</param>
    public CommitWatch(NpgsqlConnection connection, CancellationToken caller)
    {
        caller.ThrowIfCancellationRequested();
        _connection = connection;
        _caller = caller;
        connection.Notice += OnNotice;
        _patience = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _registration = _patience.Token.UnsafeRegister(
            static watch => ((CommitWatch)watch!).Break(),
            this
        );
        if (connection.CommandTimeout > 0)
            _patience.CancelAfter(TimeSpan.FromSeconds(connection.CommandTimeout));
    }

    /// <summary>PostgreSQL answered with success: throws unless that means that it is durable.</summary>
    public void Confirm()
    {
        // Once it is disposed no break comes any more; one that came first may have cut the answer short.
        _registration.Dispose();
        if (_broken || _unreplicated is not null)
            throw Unknown(null);
    }

    /// <summary>
    /// Whether the failure leaves open what became of the commit; otherwise nothing was written. A connection that is broken while
    /// Npgsql writes to it fails in any way, even with a <see cref="NullReferenceException"/>.
    /// </summary>
    public bool IsUnknown(Exception failure) =>
        _broken || _unreplicated is not null || DatabaseFailure.LeavesOpen(failure);

    /// <summary>What to throw then.</summary>
    public Exception Unknown(Exception? cause)
    {
        if (cause is CommitUnknownException)
            return cause;
        if (_unreplicated is { } notice)
        {
            // Its state is visible to others already: this connection reads and writes nothing more.
            Break();
            return new CommitUnknownException(
                $"PostgreSQL committed without its synchronous standby ({notice.MessageText}); the outcome is unknown",
                cause
            );
        }
        if (_caller.IsCancellationRequested)
            return new OperationCanceledException(
                "cancelled while PostgreSQL committed; the outcome is unknown",
                cause,
                _caller
            );
        return new CommitUnknownException(
            _broken
                ? $"PostgreSQL did not answer a commit within {_connection.CommandTimeout} s; the outcome is unknown"
                : "the connection to PostgreSQL broke during a commit; the outcome is unknown",
            cause
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _patience.Dispose();
        _connection.Notice -= OnNotice;
    }

    /// <summary>
    /// Whether PostgreSQL says that it stopped to wait for its synchronous standbys: for a cancel (01000), or since its backend ends
    /// (57P01). The text may be translated; the routine's name is not.
    /// </summary>
    internal static bool IsUnreplicated(PostgresNotice notice) =>
        notice.Routine?.StartsWith("SyncRep", StringComparison.Ordinal) == true
        || notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal);

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e)
    {
        if (IsUnreplicated(e.Notice))
            _unreplicated = e.Notice;
    }

    private void Break()
    {
        _broken = true;
#pragma warning disable NPG9001 // There is no public way to break a connection without asking PostgreSQL to cancel first.
        if (ConnectorOf(_connection) is { } connector)
            Break(
                connector,
                new NpgsqlException("given up without a cancel", new TimeoutException()),
                markHostAsOfflineOnConnecting: false
            );
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Connector")]
    private static extern NpgsqlConnector? ConnectorOf(NpgsqlConnection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Break")]
    private static extern Exception Break(
        NpgsqlConnector connector,
        Exception reason,
        bool markHostAsOfflineOnConnecting
    );
#pragma warning restore NPG9001
}
