using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Link;
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
                    PictureStanzas.Get(of ?? (await _client.LoggedInAsync(ct)).Me!.Value, preview),
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

    /// <summary>What an account says about itself.</summary>
    /// <param name="of">The account; null: the own one.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>Null: it does not show it to this account, or there is no such account.</returns>
    public async Task<AboutText?> GetAboutAsync(Jid? of, CancellationToken ct) =>
        SettingStanzas.ReadAbout(await AskOfAsync(of, "status", "the About text", ct));

    /// <summary>Says something else about the own account.</summary>
    /// <param name="text">The text; WhatsApp's own clients stop at 139 characters. Empty: nothing.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task SetAboutAsync(string text, CancellationToken ct) =>
        _client.AskAsync(SettingStanzas.About(text), "to set the About text", ct);

    /// <summary>The name that others see with the account's messages; null: it has none yet.</summary>
    public async Task<string?> GetNameAsync(CancellationToken ct) =>
        (await _client.LoggedInAsync(ct)).PushName;

    /// <summary>What of the account is seen by whom: each category that the server tells, with its value.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetPrivacyAsync(CancellationToken ct) =>
        SettingStanzas.ReadPrivacy(
            await _client.AskAsync(Stanzas.Privacy(), "the privacy settings", ct)
        );

    /// <summary>Changes by whom something is seen.</summary>
    /// <param name="category">One of <see cref="PrivacyCategories.Values"/>.</param>
    /// <param name="value">One of its values.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no such category, or it cannot be set to this.</exception>
    public Task SetPrivacyAsync(string category, string value, CancellationToken ct) =>
        PrivacyCategories.Values.GetValueOrDefault(category)?.Contains(value) == true
            ? _client.AskAsync(
                SettingStanzas.Privacy(category, value),
                "to change the privacy settings",
                ct
            )
            : throw new ArgumentException(
                $"The privacy of '{category}' cannot be set to '{value}'.",
                nameof(value)
            );

    /// <summary>After what time messages of chats that are begun from now on disappear, in seconds; 0: never; null: not told.</summary>
    public async Task<long?> GetDefaultTimerAsync(CancellationToken ct) =>
        SettingStanzas.ReadDefaultTimer(
            await AskOfAsync(null, "disappearing_mode", "the timer of new chats", ct)
        );

    /// <summary>Lets the messages of chats that are begun from now on disappear.</summary>
    /// <param name="after">After what time, in whole seconds; WhatsApp's own clients offer 1, 7 and 90 days. Zero: never.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task SetDefaultTimerAsync(TimeSpan after, CancellationToken ct) =>
        _client.AskAsync(
            SettingStanzas.DefaultTimer((long)after.TotalSeconds),
            "to set the timer of new chats",
            ct
        );

    private async Task<BinaryNode> AskOfAsync(
        Jid? of,
        string protocol,
        string what,
        CancellationToken ct
    ) =>
        await _client.AskAsync(
            UsyncStanzas.Ask(
                of ?? (await _client.LoggedInAsync(ct)).Me!.Value,
                protocol,
                OutgoingMessage.NewId()
            ),
            what,
            ct
        );
}
