using WaOperator.PhoneNumbers;

namespace WaOperator.WhatsApp;

/// <summary>Something that a connection reports to its owner. Events come one at a time and in order, never under a lock.</summary>
public abstract record ClientEvent;

/// <summary>A code to be scanned with the phone. The next one, or the end of the round, makes it worthless.</summary>
/// <param name="Code">The content as current official clients show it (a link with the fields behind '#').</param>
/// <param name="Fields">The same without the link: five fields with commas, as older phones read it too.</param>
/// <param name="ValidFor">How long the code can be scanned.</param>
/// <param name="Number">1 for the first of the round.</param>
/// <param name="Of">How many codes the round has.</param>
public sealed record QrCode(string Code, string Fields, TimeSpan ValidFor, int Number, int Of)
    : ClientEvent
{
    /// <summary>Without the codes: anyone who has one can link a device.</summary>
    public override string ToString() => $"QrCode {Number}/{Of}";
}

/// <summary>A code to be typed into the phone (linked devices, link with phone number). The next one, or the end, makes it worthless.</summary>
/// <param name="Code">8 characters, digits and capital letters; people read it best as two groups of four.</param>
/// <param name="ValidFor">How long it can be used.</param>
public sealed record PhoneCode(string Code, TimeSpan ValidFor) : ClientEvent
{
    /// <summary>Without the code: anyone who has it can take over the account's device.</summary>
    public override string ToString() => "PhoneCode";
}

/// <summary>
/// The account demands its passkey before it lets itself be linked. A browser must sign on WhatsApp's own origin, in front of the person;
/// what it gives is handed to <see cref="WhatsAppDevice.AnswerPasskeyAsync"/>. Codes that were shown before are worthless.
/// </summary>
/// <param name="Options">
/// What is to be signed, as WhatsApp gave it: JSON for <c>PublicKeyCredential.parseRequestOptionsFromJSON</c> and
/// <c>navigator.credentials.get</c>.
/// </param>
/// <param name="ValidFor">How long it can be answered; then the connection ends as <see cref="DisconnectKind.PasskeyRequired"/>.</param>
public sealed record PasskeyRequest(string Options, TimeSpan ValidFor) : ClientEvent
{
    /// <summary>Without the options.</summary>
    public override string ToString() => "PasskeyRequest";
}

/// <summary>
/// The passkey was accepted. The phone shows the same characters if nothing stands between; a person compares them, and
/// <see cref="WhatsAppDevice.ConfirmPasskeyCodeAsync"/> says so. Only where <see cref="DeviceOptions.ComparesPasskeyCode"/> is set, or
/// the passkey was used more than five minutes after it was asked for.
/// </summary>
/// <param name="Code">8 characters, digits and capital letters; people read it best as two groups of four.</param>
/// <param name="ValidFor">How long it can be confirmed.</param>
public sealed record PasskeyCode(string Code, TimeSpan ValidFor) : ClientEvent
{
    /// <summary>Without the code.</summary>
    public override string ToString() => "PasskeyCode";
}

/// <summary>A phone accepted the device, and the account is stored. The connection ends with <see cref="DisconnectKind.RestartRequired"/> next.</summary>
/// <param name="Jid">The device's address, by phone number.</param>
/// <param name="Lid">The device's address by LID, where the server gave one.</param>
/// <param name="Platform">The phone's platform, such as "android" or "iphone"; null if not told.</param>
/// <param name="BusinessName">The name of a business account.</param>
public sealed record PairSuccess(Jid Jid, Jid? Lid, string? Platform, string? BusinessName)
    : ClientEvent
{
    /// <summary>The phone number, digits only.</summary>
    public string Phone => Jid.User;

    /// <summary>With a masked number.</summary>
    public override string ToString() => $"PairSuccess {PhoneNumber.Mask(Phone)}";
}

/// <summary>The server accepted the device's login.</summary>
/// <param name="Jid">The device's address, by phone number.</param>
/// <param name="Lid">The device's address by LID, where known.</param>
public sealed record LoggedIn(Jid Jid, Jid? Lid) : ClientEvent
{
    /// <summary>With a masked number.</summary>
    public override string ToString() => $"LoggedIn {Jid.Masked}";
}

/// <summary>The connection is ready: keys are uploaded, the device is active, what waited for it has been delivered.</summary>
/// <param name="Waiting">How many stanzas the server says had waited while the device was away; null if it did not say.</param>
public sealed record Connected(int? Waiting) : ClientEvent;

/// <summary>A message was refused because the account may not reach out to new chats for some time (463). The connection continues.</summary>
/// <param name="MessageId">The message.</param>
/// <param name="Message">For people.</param>
public sealed record ReachOutLocked(string MessageId, string Message) : ClientEvent;

/// <summary>An account came online or went. Nothing keeps this.</summary>
/// <param name="Jid">Whose.</param>
/// <param name="Available">Whether it is online.</param>
public sealed record PresenceChanged(Jid Jid, bool Available) : ClientEvent
{
    /// <summary>When it was online last; null: it is now, or does not let others see it.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>With a masked address.</summary>
    public override string ToString() =>
        $"PresenceChanged {Jid.Masked} {(Available ? "available" : "unavailable")}";
}

/// <summary>Someone types, records, or stopped it. Nothing keeps this.</summary>
/// <param name="Chat">Where.</param>
/// <param name="Sender">Who.</param>
/// <param name="State">What.</param>
public sealed record ChatStateChanged(Jid Chat, Jid Sender, ChatState State) : ClientEvent
{
    /// <summary>With masked addresses.</summary>
    public override string ToString() => $"ChatStateChanged {Chat.Masked} {Sender.Masked} {State}";
}
