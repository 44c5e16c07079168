using System.Security.Cryptography;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>Decrypts messages. What they bring, the ratchets that they moved and the prekeys that they used go into one step.</summary>
internal sealed class MessageReader(
    Vault vault,
    Ratchets ratchets,
    Committer committer,
    TimeProvider time,
    Action keysCame,
    Func<string, HistoryPart, bool, ValueTask>? historyNoted
)
{
    private const int MaxCiphertexts = 16;

    private Ratchets Ratchets => ratchets;

    private Vault Vault => vault;

    private readonly bool _takesHistory = historyNoted is not null;

    private readonly WorkBudget _work = new(time);

    /// <summary>One-time prekeys whose use is not durable yet.</summary>
    private readonly HashSet<uint> _used = [];

    /// <summary>Loads the records of messages, all at once.</summary>
    public ValueTask<RecordCache.Pin> PinAsync(IReadOnlyCollection<InboundMessage> messages) =>
        ratchets.PinAsync(
            [.. messages.Select(m => m.Address).Distinct()],
            [
                .. messages
                    .Where(m => m.InGroup)
                    .Select(m => RecordNames.SenderKey(m.Chat, m.Address))
                    .Distinct(),
                .. messages.Where(m => m.IsFromPhone).SelectMany(PeerRecords).Distinct(),
            ]
        );

    /// <summary>Decrypts a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="then">Runs when all that it brought is durable; gets why it could not be read, or null.</param>
    public async ValueTask ReadAsync(InboundMessage message, Func<SignalException?, ValueTask> then)
    {
        var ciphertexts = Ciphertexts(message);
        // Beside the pin of the batch, which has loaded these records already: this one reads nothing, and finds the slots of this
        // message. A pin holds no lock, so the two cannot wait for each other.
        using var pin = await ratchets.PinAsync(
            [message.Address],
            message.InGroup ? [RecordNames.SenderKey(message.Chat, message.Address)]
                : message.IsFromPhone ? PeerRecords(message)
                : []
        );
        var preKeys = await LoadPreKeysAsync(ciphertexts, pin[0]);
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                var reading = new Reading(this, step, message, pin.Slots, preKeys);
                var failure = reading.Run(ciphertexts);
                step.Add(reading.Event(failure));
                step.Then = () =>
                {
                    lock (_used)
                        _used.ExceptWith(step.UsedPreKeys);
                    if (reading.BroughtKeys)
                        keysCame();
                    return reading.Brought is { } announced
                        ? NotedAsync(message, announced, then)
                        : then(failure);
                };
                committer.Enqueue(step);
            }
        );
    }

    private async ValueTask NotedAsync(
        InboundMessage message,
        (HistoryPart Part, bool IsDue) announced,
        Func<SignalException?, ValueTask> then
    )
    {
        await then(null);
        await historyNoted!(message.Id, announced.Part, announced.IsDue);
    }

    /// <summary>The records that what the phone says may change: keys, and where history is taken what is due of it.</summary>
    private RecordKey[] PeerRecords(InboundMessage message) =>
        historyNoted is null
            ? [AppStateRecords.Keys]
            : [AppStateRecords.Keys, HistoryRecords.Due, HistoryRecords.Note(message.Id)];

    /// <summary>Those for this device alone first: they may bring the key of the group's.</summary>
    private static List<Ciphertext> Ciphertexts(InboundMessage message) =>
        [
            .. message
                .Stanza.ChildrenWith("enc")
                .Take(MaxCiphertexts)
                .Select(Ciphertext.Of)
                .OrderBy(c => c.Type == "skmsg"),
        ];

    private async ValueTask<Dictionary<uint, PreKey>?> LoadPreKeysAsync(
        List<Ciphertext> ciphertexts,
        Slot slot
    )
    {
        Dictionary<uint, PreKey>? found = null;
        foreach (var ciphertext in ciphertexts)
        {
            if (
                ciphertext.First is not { PreKeyId: { } id } first
                || slot.Session?.Knows(first) == true
            )
                continue;
            lock (_used)
            {
                if (_used.Contains(id))
                    continue;
            }
            var keys = await vault.LoadPreKeysAsync(id, 1);
            if (keys is [var key])
                (found ??= [])[id] = key;
        }
        return found;
    }

    /// <summary>A ciphertext of a stanza.</summary>
    /// <param name="Type">pkmsg, msg or skmsg; others are not known.</param>
    /// <param name="Padded">Whether the plaintext has padding.</param>
    /// <param name="Bytes">The ciphertext.</param>
    /// <param name="First">The message that begins a session.</param>
    /// <param name="Fault">Why it cannot even be tried.</param>
    private sealed record Ciphertext(
        string Type,
        bool Padded,
        byte[] Bytes,
        PreKeyWhisperMessage? First,
        SignalException? Fault
    )
    {
        public static Ciphertext Of(BinaryNode enc)
        {
            var (type, bytes, padded) = (enc["type"] ?? "", enc.Bytes, enc["v"] != "3");
            try
            {
                return type switch
                {
                    "pkmsg" => new(type, padded, bytes, PreKeyWhisperMessage.Parse(bytes), null),
                    "msg" or "skmsg" => new(type, padded, bytes, null, null),
                    _ => throw new SignalException(
                        SignalFailure.Malformed,
                        "The message is encrypted in a way that is not known."
                    ),
                };
            }
            catch (SignalException e)
            {
                return new(type, padded, bytes, null, e);
            }
        }
    }

    /// <summary>One message on its way through the ratchets. All slots are held.</summary>
    private sealed class Reading(
        MessageReader reader,
        Step step,
        InboundMessage message,
        IReadOnlyList<Slot> slots,
        Dictionary<uint, PreKey>? preKeys
    )
    {
        private readonly WorkMeter _meter = reader._work.For(message.Address, message.Chat);
        private byte[]? _content;

        /// <summary>The phone itself encrypted the content. A later part of the message may be of another session.</summary>
        private bool _isPhones;

        /// <summary>The phone has shared keys of the account's state.</summary>
        public bool BroughtKeys { get; private set; }

        /// <summary>The part of the history that the phone has announced, and whether there was room for it; null: none.</summary>
        public (HistoryPart Part, bool IsDue)? Brought { get; private set; }

        private MessageParts? _parts;

        /// <returns>Why the message cannot be read; null if it can.</returns>
        public SignalException? Run(List<Ciphertext> ciphertexts)
        {
            SignalException? failure = null;
            foreach (var ciphertext in ciphertexts)
            {
                try
                {
                    Take(Open(ciphertext), ciphertext.Padded);
                }
                catch (SignalException e)
                {
                    failure ??= e;
                }
            }
            if (message.Chat.Server == Jid.NewsletterServer)
                return TakePlain();
            if (ciphertexts.Count == 0)
                failure = new(SignalFailure.NoSession, "The sender did not encrypt it for us.");
            return _content is null ? failure : null;
        }

        /// <summary>Channels are not encrypted.</summary>
        private SignalException? TakePlain()
        {
            try
            {
                Take(message.Stanza.Child("plaintext")?.Bytes ?? [], padded: false);
                return null;
            }
            catch (SignalException e)
            {
                return e;
            }
        }

        public SessionEvent Event(SignalException? failure)
        {
            var head = message.ToHead();
            if (failure is not null)
                return new MessageUndecryptable(head, failure.Reason.ToString(), failure.Message);
            if (_content is null)
                return new KeysReceived(head);
            var content =
                message.FromMe && _parts!.DeviceSent is not null ? _parts.Unwrap() : _content;
            if (!message.IsPeer)
                return new MessageReceived(head, content);
            if (message.IsFromPhone && _isPhones)
            {
                TakeKeys(content);
                if (TakeHistory(content))
                    return new KeysReceived(head);
            }
            return new PeerMessageReceived(head, content);
        }

        /// <summary>
        /// Whether it was the phone that vouched for this device when it was linked. The server says who sent a message; it must not be
        /// able to give the account keys that it knows.
        /// </summary>
        private bool IsPhones(SessionRecord? session) =>
            session?.TheirIdentity is { } identity
            && reader.Vault.Credentials.Account is { } account
            && CryptographicOperations.FixedTimeEquals(identity.Span, account.AccountSignatureKey);

        private void TakeKeys(byte[] content)
        {
            if (PhoneWords.ReadKeyShare(content) is not { } share)
                return;
            var known = slots[1].Value as SharedKeys ?? SharedKeys.None;
            step.Set(slots[1], known.With(share));
            BroughtKeys = true;
        }

        /// <summary>An announcement may hold the part itself: it is kept apart, and not with the events.</summary>
        private bool TakeHistory(byte[] content)
        {
            if (reader._takesHistory && HistoryRecords.Read(content) is { } announced)
            {
                var due = slots[2].Value as HistoryDue ?? HistoryDue.None;
                Brought = ((HistoryPart)announced.SyncType, !due.IsFull);
                if (due.IsFull)
                {
                    step.Add(HistoryWords.Told(announced, new(), HistoryWords.NoRoom));
                    return true;
                }
                step.Set(slots[2], due.With(message.Id, announced));
                step.Set(slots[3], new HistoryNote(announced));
                return true;
            }
            return false;
        }

        private byte[] Open(Ciphertext ciphertext)
        {
            if (ciphertext.Fault is { } fault)
                throw fault;
            if (ciphertext.Type == "skmsg")
                return OpenGroup(ciphertext.Bytes);
            var slot = slots[0];
            var us = reader.Ratchets.Us;
            Decrypted opened;
            if (ciphertext.First is { } first)
            {
                opened = SessionCipher.Decrypt(
                    slot.Session,
                    us,
                    first,
                    reader.Vault.Credentials.FindSignedPreKey(first.SignedPreKeyId),
                    first.PreKeyId is { } id ? preKeys?.GetValueOrDefault(id) : null,
                    meter: _meter
                );
            }
            else
            {
                opened = SessionCipher.Decrypt(
                    slot.Session
                        ?? throw new SignalException(
                            SignalFailure.NoSession,
                            "There is no session with the sender's device."
                        ),
                    us,
                    ciphertext.Bytes,
                    _meter
                );
            }
            reader.Ratchets.NoteIdentity(
                step,
                slot,
                opened.Record.TheirIdentity.Span,
                message.Sender.IsPhone ? message.Sender.Account : message.SenderOther?.Account
            );
            step.Set(slot, opened.Record);
            if (opened.UsedPreKeyId is { } used)
            {
                step.UsePreKey(used);
                lock (reader._used)
                    reader._used.Add(used);
            }
            return opened.Plaintext;
        }

        private byte[] OpenGroup(byte[] ciphertext)
        {
            if (!message.InGroup || slots[1].SenderKey is not { } key)
                throw new SignalException(
                    SignalFailure.NoSession,
                    "The sender has not given us its key of this group."
                );
            var opened = GroupCipher.Decrypt(key, ciphertext, _meter);
            step.Set(slots[1], opened.Record);
            return opened.Plaintext;
        }

        private void Take(byte[] plaintext, bool padded)
        {
            var bytes = padded ? MessagePadding.Unpad(plaintext) : plaintext;
            var parts = MessageParts.Read(bytes);
            if (parts.SenderKey is { } distribution && message.InGroup)
            {
                step.Set(slots[1], GroupCipher.Process(slots[1].SenderKey, distribution));
            }
            if (parts.HasContent && _content is null)
            {
                (_content, _parts) = (bytes.ToArray(), parts);
                _isPhones = message.IsPeer && IsPhones(slots[0].Session);
            }
        }
    }
}
