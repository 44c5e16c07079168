using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Directories;

/// <summary>Signal sessions with devices: finds their records, begins them where there are none, and encrypts.</summary>
internal sealed partial class Ratchets(
    IStanzaLink link,
    Vault vault,
    RecordCache cache,
    LidMap lids,
    TimeProvider time,
    ILogger logger
)
{
    private const int MaxDevicesPerQuery = 300;

    private const int MaxKeyless = 4096;
    private static readonly TimeSpan KeylessFor = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    /// <summary>Devices that had no keys at the server when they were asked for.</summary>
    private readonly Dictionary<Jid, long> _keyless = [];

    public LocalIdentity Us => LocalIdentity.Of(vault.Credentials);

    /// <summary>The session records of devices, in their order; then the others.</summary>
    /// <param name="devices">Canonical addresses.</param>
    /// <param name="others">Further records that are needed with them.</param>
    public async ValueTask<RecordCache.Pin> PinAsync(
        IReadOnlyList<Jid> devices,
        IReadOnlyList<RecordKey>? others = null
    )
    {
        RecordKey[] keys = [.. devices.Select(RecordNames.Session), .. others ?? []];
        Dictionary<RecordKey, RecordKey>? formers = null;
        foreach (var key in keys)
        {
            if (!cache.Holds(key) && await lids.FormerAsync(key) is { } former)
                (formers ??= [])[key] = former;
        }
        return await cache.PinAsync(
            keys,
            formers is null ? null : key => formers.TryGetValue(key, out var former) ? former : null
        );
    }

    /// <summary>Asks for the prekeys of devices that we have no session with; those without keys are left out.</summary>
    public async Task<Dictionary<Jid, PreKeyBundle>> FetchAsync(IEnumerable<Jid> devices)
    {
        var bundles = new Dictionary<Jid, PreKeyBundle>();
        foreach (var part in devices.Where(MayHaveKeys).Chunk(MaxDevicesPerQuery))
        {
            var answer = await link.QueryAsync(
                BundleStanzas.Fetch(part),
                "the prekeys of a device"
            );
            var read = BundleStanzas.Read(answer);
            // All at once: a group's members are many.
            using var known = await lids.PrefetchAsync(
                read.Keys.Where(device => device is { IsLid: true, Device: 0 })
            );
            foreach (var (device, bundle) in read)
                bundles[device] =
                    device.Device == 0
                        ? bundle with
                        {
                            Phone = await PhoneOfAsync(device),
                        }
                        : bundle;
            Remember(part.Where(device => !bundles.ContainsKey(device)));
        }
        return bundles;
    }

    /// <summary>A group's members without keys are not asked for with each message to it.</summary>
    private bool MayHaveKeys(Jid device)
    {
        lock (_lock)
            return !_keyless.TryGetValue(device, out var since)
                || time.GetElapsedTime(since) > KeylessFor;
    }

    private void Remember(IEnumerable<Jid> keyless)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (_keyless.Count > MaxKeyless)
                _keyless.Clear();
            foreach (var device in keyless)
                _keyless[device] = now;
        }
    }

    /// <summary>The phone number of a device's account; null if it is not known.</summary>
    public async ValueTask<Jid?> PhoneOfAsync(Jid device) =>
        device.IsPhone ? device.Account : await lids.OtherAsync(device.Account);

    /// <summary>
    /// Adds to a step that the phone of an account has another identity key, if one was known and it is another. The caller holds
    /// the slot's monitor, and has not changed the slot yet.
    /// </summary>
    /// <param name="step">The one that makes the new key count.</param>
    /// <param name="slot">The device's sessions.</param>
    /// <param name="identity">The key from now on, 32 bytes.</param>
    /// <param name="phone">The account's phone number, where it is known.</param>
    public void NoteIdentity(Step step, Slot slot, ReadOnlySpan<byte> identity, Jid? phone)
    {
        if (slot.KnownIdentity is not { } known || known.Span.SequenceEqual(identity))
            return;
        var device = Jid.Parse(slot.Key.Id);
        if (device.Device != 0)
            return;
        step.Add(
            new IdentityChanged(device, time.GetUtcNow().ToUnixTimeSeconds())
            {
                Other = device.IsLid ? phone : null,
                OldFingerprint = Fingerprint.Of(known.Span),
                NewFingerprint = Fingerprint.Of(identity),
            }
        );
    }

    /// <summary>Encrypts for a device. The caller holds the slot's monitor.</summary>
    /// <param name="step">Gets the changed record.</param>
    /// <param name="slot">The device's sessions.</param>
    /// <param name="bundle">Begins a session where there is none; null if there is no bundle.</param>
    /// <param name="padded">The message with its padding.</param>
    /// <param name="byLid">Whether the device is addressed by LID, or by number.</param>
    /// <param name="restart">Begins a session even if there is one.</param>
    /// <returns>Null if there is neither a session nor a bundle that holds.</returns>
    public Encrypted? Encrypt(
        Step step,
        Slot slot,
        PreKeyBundle? bundle,
        ReadOnlySpan<byte> padded,
        bool byLid,
        bool restart = false
    )
    {
        var record = slot.Session;
        if (record?.CanSend == true && (bundle is null || (!restart && record.CanSendTo(byLid))))
        {
            var next = SessionCipher.Encrypt(record, Us, padded, byLid);
            step.Set(slot, next.Record);
            return next;
        }
        if (bundle is null)
            return null;
        try
        {
            using var first = SessionCipher.Initiate(record, Us, bundle);
            var next = SessionCipher.Encrypt(first, Us, padded);
            NoteIdentity(step, slot, bundle.IdentityKey, bundle.Phone);
            step.Set(slot, next.Record);
            return next;
        }
        catch (SignalException e)
        {
            Log.NoSession(logger, e.Reason, e.Message);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.RatchetsNoSession,
            Level = LogLevel.Warning,
            Message = "The prekeys of a device are refused ({Reason}): {Text}"
        )]
        public static partial void NoSession(ILogger logger, SignalFailure reason, string text);
    }
}
