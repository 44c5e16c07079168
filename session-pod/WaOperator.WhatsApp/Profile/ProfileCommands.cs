using WaOperator.WhatsApp.Profile;

namespace WaOperator.WhatsApp;

/// <summary>
/// What accounts and groups show of themselves. Each method asks the server, and throws as those of <see cref="GroupCommands"/> do.
/// </summary>
public sealed class ProfileCommands
{
    private const int NotFound = 404;

    private readonly WhatsAppDevice _client;

    internal ProfileCommands(WhatsAppDevice client) => _client = client;

    /// <summary>Where the picture of an account or a group is.</summary>
    /// <param name="of">The account or group; null: the own account.</param>
    /// <param name="preview">The small form of it.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>Null: it has none.</returns>
    /// <exception cref="QueryRefusedException">Also 401: its owner does not show it to this account.</exception>
    public async Task<ProfilePicture?> GetPictureAsync(Jid? of, bool preview, CancellationToken ct)
    {
        try
        {
            return PictureStanzas.Read(
                await _client.AskAsync(
                    PictureStanzas.Get(of ?? await _client.OwnAccountAsync(ct), preview),
                    "the picture",
                    ct
                )
            );
        }
        catch (QueryRefusedException e) when (e.Code == NotFound)
        {
            return null;
        }
    }

    /// <summary>Sets the picture of the own account, or of a group.</summary>
    /// <param name="group">The group; null: the own account.</param>
    /// <param name="jpeg">The picture, as <see cref="ProfilePicture.FaultOf"/> takes it. It is sent as it is.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>The picture's id; null: the server gave none.</returns>
    /// <exception cref="ArgumentException">It cannot be a picture.</exception>
    /// <exception cref="QueryRefusedException">Also 406: the server does not take the picture.</exception>
    public async Task<string?> SetPictureAsync(Jid? group, byte[] jpeg, CancellationToken ct)
    {
        if (ProfilePicture.FaultOf(jpeg) is { } fault)
            throw new ArgumentException($"The picture cannot be set: {fault}.", nameof(jpeg));
        var answer = await _client.AskAsync(
            PictureStanzas.Set(group, jpeg),
            "to set the picture",
            ct
        );
        return answer.Child("picture")?["id"];
    }

    /// <summary>Takes the picture of the own account, or of a group, away.</summary>
    /// <param name="group">The group; null: the own account.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task RemovePictureAsync(Jid? group, CancellationToken ct) =>
        _client.AskAsync(PictureStanzas.Remove(group), "to take the picture away", ct);
}
