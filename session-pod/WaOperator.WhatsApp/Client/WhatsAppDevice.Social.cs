using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>What a device shows a chat while its user is typing or recording.</summary>
public enum ChatState
{
    /// <summary>Typing.</summary>
    Composing,

    /// <summary>Recording a voice note.</summary>
    Recording,

    /// <summary>Neither any more.</summary>
    Paused,
}

/// <summary>Whether a phone number belongs to an account.</summary>
/// <param name="Number">The number, digits only.</param>
/// <param name="Exists">Whether there is an account.</param>
/// <param name="Jid">Its address by phone number; null if there is none.</param>
/// <param name="Lid">Its LID, where the server gave it.</param>
public sealed record NumberInfo(string Number, bool Exists, Jid? Jid, Jid? Lid);

/// <summary>An account on the block list.</summary>
/// <param name="Phone">By phone number, where the server told.</param>
/// <param name="Lid">By LID, where the server told.</param>
public sealed record BlockedAccount(Jid? Phone, Jid? Lid);

/// <content>
/// What is said beside messages: receipts, presence, typing, calls, the block list, who is on WhatsApp. Each method waits for the login;
/// those that ask the server throw as <see cref="GroupCommands"/> says.
/// </content>
public sealed partial class WhatsAppDevice
{
    /// <summary>Groups.</summary>
    public GroupCommands Groups => new(this);

    /// <summary>What accounts and groups show of themselves.</summary>
    public ProfileCommands Profile => new(this);

    /// <summary>Chats, contacts and labels, as the account's devices show them.</summary>
    public ChatCommands Chats => new(this);

    /// <summary>Lets the sender, and our own other devices, know that messages have been read.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">Who sent them, as the journal has it; in a chat of two it may be null.</param>
    /// <param name="ids">The messages, all of that sender.</param>
    /// <param name="played">True for voice notes that were listened to.</param>
    /// <param name="onlyOwn">True informs only our own devices: for accounts that give no read receipts.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">No message is named.</exception>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public async Task MarkReadAsync(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        bool played,
        bool onlyOwn,
        CancellationToken ct
    )
    {
        if (ids.Count == 0)
            throw new ArgumentException("No message is named.", nameof(ids));
        var now = Session.Time.GetUtcNow().ToUnixTimeSeconds();
        var receipt = SocialStanzas.Read(chat, sender, ids, (played, onlyOwn), now);
        await SendAsync(receipt, ct);
    }

    /// <summary>Shows the account as online or not. Online, delivery receipts are shown to senders, and the phone stays silent.</summary>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public async Task SetPresenceAsync(bool available, CancellationToken ct)
    {
        var session = Session;
        var type = available ? "available" : "unavailable";
        await SendAsync(Stanzas.Presence(type, session.Vault.Credentials.PushName), ct);
        session.Presence.IsAvailable = available;
    }

    /// <summary>Asks to be told when an account comes and goes (<see cref="PresenceChanged"/>), for this connection.</summary>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public Task SubscribePresenceAsync(Jid account, CancellationToken ct) =>
        SendAsync(
            new BinaryNode("presence")
            {
                ["type"] = "subscribe",
                ["to"] = account.Account.ToString(),
            },
            ct
        );

    /// <summary>Shows a chat that the user is typing, is recording, or has stopped.</summary>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public Task SendChatStateAsync(Jid chat, ChatState state, CancellationToken ct) =>
        SendAsync(SocialStanzas.Typing(chat, state), ct);

    /// <summary>Changes the name that others see with our messages. It is stored, and told to the server.</summary>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public async Task SetProfileNameAsync(string name, CancellationToken ct)
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        await session.Vault.UpdateAsync(old => old with { PushName = name });
        await SendAsync(
            new BinaryNode("presence")
            {
                ["name"] = name.Replace("@", "", StringComparison.Ordinal),
            },
            ct
        );
    }

    /// <summary>The accounts that this one does not hear from.</summary>
    public async Task<IReadOnlyList<BlockedAccount>> GetBlockedAsync(CancellationToken ct) =>
        SocialStanzas.ReadBlocked(await AskAsync(Stanzas.Blocklist(), "the block list", ct));

    /// <summary>Blocks an account, or hears from it again.</summary>
    /// <param name="account">By phone number, of which the server is asked for the LID, or by LID.</param>
    /// <param name="blocked">Whether it is to be blocked.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="QueryRefusedException">Also 404: the phone number belongs to no account.</exception>
    public async Task SetBlockedAsync(Jid account, bool blocked, CancellationToken ct)
    {
        // The list is kept by LID; the number stands beside it where it is known.
        var phone = account.IsPhone ? account.Account : (Jid?)null;
        var lid = account.Account;
        if (phone is { } number)
        {
            var found = (await OnWhatsAppAsync([number.User], ct))[0];
            if (!found.Exists)
                throw new QueryRefusedException("to change the block list", 404, "no such account");
            lid = found.Lid ?? number;
        }
        await AskAsync(
            SocialStanzas.Block(lid, blocked ? phone : null, blocked),
            "to change the block list",
            ct
        );
    }

    /// <summary>Rejects a call (<see cref="CallOffered"/>). <see cref="CallEnded"/> follows.</summary>
    /// <param name="id">The call. Of a connection the last 64 are known.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>True when the rejection is sent; false: no such call rings at this connection, and nothing was done.</returns>
    /// <exception cref="InvalidOperationException">There is no connection.</exception>
    public async Task<bool> RejectCallAsync(string id, CancellationToken ct)
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        return session.Messaging.Started is { } messenger
            && await messenger.Calls.RejectAsync(id, ct);
    }

    /// <summary>Which phone numbers belong to accounts.</summary>
    /// <param name="numbers">International, digits only; 1 to 500.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>One answer for each number, in their order.</returns>
    /// <exception cref="ArgumentException">Not 1 to 500 numbers, or one with other characters than digits.</exception>
    public async Task<IReadOnlyList<NumberInfo>> OnWhatsAppAsync(
        IReadOnlyList<string> numbers,
        CancellationToken ct
    )
    {
        const int Most = 500;
        if (
            numbers.Count is 0 or > Most
            || numbers.Any(n => n.Length is < 3 or > 20 || !n.All(char.IsAsciiDigit))
        )
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"1 to {Most} phone numbers are asked for, digits only."
                ),
                nameof(numbers)
            );
        var answer = await AskAsync(
            UsyncStanzas.Contacts(numbers, Session.Link.NextQueryId()),
            "which numbers belong to accounts",
            ct
        );
        var users = UsyncStanzas.Read(answer);
        return
        [
            .. numbers.Select(number =>
                users.Find(user =>
                    user.Contact?.TrimStart('+') == number || user.Asked.User == number
                )
                    is { } user
                    ? new NumberInfo(
                        number,
                        user.Exists == true,
                        user.Exists == true ? user.Asked : null,
                        user.Lid
                    )
                    : new NumberInfo(number, false, null, null)
            ),
        ];
    }

    /// <summary>Asks the server as soon as the device is logged in.</summary>
    internal async Task<BinaryNode> AskAsync(BinaryNode query, string what, CancellationToken ct)
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        return await session.Link.QueryAsync(query, what).WaitAsync(ct);
    }

    /// <summary>The device's credentials, as soon as it is logged in.</summary>
    internal async Task<DeviceCredentials> LoggedInAsync(CancellationToken ct)
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        return session.Vault.Credentials;
    }

    /// <summary>Writes to the account's state as soon as the device is logged in.</summary>
    internal async Task WriteStateAsync(
        AppState.AccountChange change,
        AppState.LastMessage? last,
        CancellationToken ct
    )
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        await Messenger.State.WriteAsync(change, last, ct).WaitAsync(session.Ended).WaitAsync(ct);
    }

    /// <summary>
    /// Asks the phone for messages of a chat before one that is known, as soon as the device is logged in. What comes is a part of the
    /// history and may come late, since the phone may be off.
    /// </summary>
    /// <param name="oldest">The oldest message that is known.</param>
    /// <param name="count">How many, 1 to <see cref="Syncing.HistoryRequests.Most"/>.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>The request's id, which stands in <see cref="Events.HistorySynced.Request"/>; null: the phone has no keys at the server.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of its range.</exception>
    /// <exception cref="NotSupportedException">The device takes no history (<see cref="DeviceOptions.History"/>).</exception>
    internal async Task<string?> RequestHistoryAsync(
        Syncing.HistoryMark oldest,
        int count,
        CancellationToken ct
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Syncing.HistoryRequests.Most);
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        var requests =
            Messenger.History
            ?? throw new NotSupportedException(
                $"The device takes no history: it was made with the option {nameof(DeviceOptions.History)} none."
            );
        return await requests.AskAsync(oldest, count).WaitAsync(session.Ended).WaitAsync(ct);
    }

    /// <summary>What carries messages, if anything has asked for it yet.</summary>
    internal Messenger? FindMessenger() => Volatile.Read(ref _session)?.Messaging.Started;

    private Client.Session Session =>
        Volatile.Read(ref _session) ?? throw new NotConnectedException();

    private async Task SendAsync(BinaryNode stanza, CancellationToken ct)
    {
        var session = Session;
        await session.LoggedIn.WaitAsync(session.Ended).WaitAsync(ct);
        await session.Link.SendAsync(stanza).WaitAsync(ct);
    }
}
