using Npgsql;
using WaOperator.Api;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>Takes a file from a stream to WhatsApp's media hosts, or says why not.</summary>
internal sealed class MediaIntake(PodOptions options, MediaShares shares)
{
    /// <summary>Begins to take a file: nothing of it is asked for before this was granted.</summary>
    /// <param name="session">Whose it is to be.</param>
    /// <param name="length">Its length; null: not told.</param>
    /// <param name="most">The longest that it may be.</param>
    /// <param name="intake">To be disposed when it is over.</param>
    /// <returns>Why it is not taken; null: it is.</returns>
    public ProblemAnswer? Begin(
        IServedSession session,
        long? length,
        long most,
        out BegunIntake intake
    )
    {
        intake = null!;
        if (length > most)
            return Problems.MediaTooLarge(most);
        var wanted = session.Wanted;
        if (!session.State.Paired)
            return Problems.NotLinked(
                wanted.Namespace,
                wanted.Name,
                session.State.Phase.ToString()
            );
        if (session.Files is not { } files)
            return session.NotConnected();
        var share = shares.Enter(wanted.TenantId, out var full);
        if ((full ?? share.TryReach(length ?? 0)) is { } none)
        {
            share.Dispose();
            return Problems.TooManyTransfers(none);
        }
        intake = new(options, session, files, share, length, most);
        return null;
    }
}

/// <summary>A file that is being taken.</summary>
internal sealed class BegunIntake(
    PodOptions options,
    IServedSession session,
    ISessionFiles files,
    MediaShare share,
    long? length,
    long most
) : IDisposable
{
    /// <summary>Reads the file to its end, encrypts and stores it.</summary>
    /// <param name="upload">What is said about it.</param>
    /// <param name="source">Its bytes.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The file, or why it was not taken.</returns>
    public async Task<(StoredMedia? Media, ProblemAnswer? Refusal)> RunAsync(
        UploadRequest upload,
        Stream source,
        CancellationToken ct
    )
    {
        var head = new byte[FileType.HeadSize];
        var count = await source.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        var start = head.AsMemory(0, count);
        var use = upload.Use ?? MediaUses.Of(FileType.Of("", start.Span));
        if (MediaUses.Mismatch(use, start.Span, upload.Type, out var type) is { } mismatch)
            return (null, Problems.WrongMedia(mismatch));
        var longest = Math.Min(most, UploadRequest.Most(options, use));
        if (length > longest)
            return (null, Problems.MediaTooLarge(longest));
        try
        {
            var whole = new BoundedSource(start, source, longest, share);
            var file = await files.UploadAsync(use.Kind(), whole, ct);
            return (
                new()
                {
                    Use = use,
                    MimeType = type,
                    File = file,
                },
                null
            );
        }
        catch (SourceTooLongException e)
        {
            return (
                null,
                e.Full is { } room
                    ? Problems.TooManyTransfers(room)
                    : Problems.MediaTooLarge(e.Most)
            );
        }
        catch (MediaException e)
        {
            return (
                null,
                session.Files is null ? session.NotConnected() : Problems.MediaHosts(e.Message)
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => share.Dispose();
}

/// <summary>Answers about sessions' connections.</summary>
internal static class MediaAnswersExtensions
{
    /// <summary>The session is not connected now.</summary>
    public static ProblemAnswer NotConnected(this IServedSession session) =>
        Problems.NotConnected(
            session.Wanted.Namespace,
            session.Wanted.Name,
            session.State.Phase.ToString()
        );

    /// <summary>Another pod has the session by now.</summary>
    public static bool IsFenced(this PostgresException e) => e.SqlState == SqlStates.Fenced;
}
