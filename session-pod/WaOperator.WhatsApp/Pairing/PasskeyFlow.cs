using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>
/// What follows a scan when the account wants its passkey as well: the options are shown, the assertion is sent, and the device's keys are
/// handed to the phone under a key of both. The phone's word then comes as after any scan, by a secret that no QR code carried.
/// </summary>
/// <remarks>All but that secret is in memory: with the connection the ceremony is over.</remarks>
internal sealed partial class PasskeyFlow(
    IStanzaLink link,
    IConnection connection,
    Vault vault,
    EventPump events,
    DeviceOptions device,
    WhatsAppRuntime runtime,
    IActGate gate,
    ILogger logger
)
{
    /// <summary>How long the QR code's secret vouches for the ceremony.</summary>
    private static readonly TimeSpan HandoffLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private Stage _stage;
    private string _options = "";
    private long _since;
    private TimeSpan _wait;
    private byte[]? _handoffKey;
    private long _handoffSince;
    private KeyPair? _ephemeral;
    private string _reference = "";
    private byte[] _nonce = [];
    private byte[] _key = [];
    private bool _proved;

    private enum Stage
    {
        /// <summary>The server has not asked yet, or its options are on their way.</summary>
        Idle,

        /// <summary>The options are shown.</summary>
        Asked,

        /// <summary>The assertion was sent.</summary>
        Answered,

        /// <summary>A person compares the code.</summary>
        Comparing,

        /// <summary>The keys were handed over.</summary>
        Finished,
    }

    /// <summary>Shows what the server asks for, and waits until the device is linked.</summary>
    /// <param name="demand">The server's word.</param>
    /// <param name="paired">Cancelled when the device is linked, or another demand takes this one's place.</param>
    public async Task RunAsync(BinaryNode demand, CancellationToken paired)
    {
        try
        {
            await AskAsync(demand, paired);
            await runtime.Wheel.DelayAsync(_wait, paired);
            connection.BeginClose(
                new(
                    DisconnectKind.PasskeyRequired,
                    null,
                    "The account demands its passkey to link a device, and it was not used in time. The device was not linked."
                )
            );
        }
        catch (OperationCanceledException) when (paired.IsCancellationRequested)
        {
            Log.Over(logger);
        }
    }

    /// <summary>Sends what the passkey signed.</summary>
    /// <param name="assertion">As the browser gave it.</param>
    /// <exception cref="FormatException">It is malformed, or answers another challenge. It may be tried again.</exception>
    /// <exception cref="InvalidOperationException">None is asked for.</exception>
    /// <exception cref="QueryRefusedException">The server does not accept it. The pairing is over.</exception>
    public async Task AnswerAsync(string assertion)
    {
        PasskeyAssertion read;
        lock (_lock)
        {
            if (_stage != Stage.Asked)
                throw NotAsked();
            read = PasskeyAssertion.Read(assertion, _options);
            _stage = Stage.Answered;
        }
        await GuardAsync(() => ProveAsync(read));
    }

    /// <summary>The person has compared the code: it is the same on the phone.</summary>
    /// <exception cref="InvalidOperationException">No code is shown.</exception>
    /// <exception cref="QueryRefusedException">The server does not take the device's keys. The pairing is over.</exception>
    public async Task ConfirmAsync()
    {
        lock (_lock)
        {
            if (_stage != Stage.Comparing)
                throw new InvalidOperationException("No passkey code waits to be confirmed.");
            _stage = Stage.Finished;
        }
        await GuardAsync(FinishAsync);
    }

    /// <summary>The phone's part has come.</summary>
    public async Task ContinuedAsync(BinaryNode notification)
    {
        bool proved;
        lock (_lock)
        {
            if (_stage != Stage.Answered || _ephemeral is null || _key.Length > 0)
            {
                Log.Ignored(logger);
                return;
            }
            proved = _proved;
        }
        var phone =
            PasskeyStanzas.ReadContinuation(notification)
            ?? throw new BinaryFormatException("The phone's part of the passkey is malformed.");
        try
        {
            _key = PasskeyCeremony.Key(
                _ephemeral.Private,
                phone.PublicKey,
                QrContent.DeviceType,
                _reference
            );
        }
        catch (CryptographicException e)
        {
            Reject($"The phone's keys are worthless: {e.Message}");
            return;
        }
        await GuardAsync(() => RevealAsync(phone, proved));
    }

    private async Task AskAsync(BinaryNode demand, CancellationToken paired)
    {
        if (!gate.MayAct)
            await gate.WaitUntilOpenAsync(paired);
        var options =
            PasskeyStanzas.ReadOptions(demand)
            ?? PasskeyStanzas.ReadOptions(
                await link.QueryAsync(PasskeyStanzas.GetOptions(), "what the passkey is to sign")
            )
            ?? throw new BinaryFormatException(
                "The server says nothing that a passkey could sign."
            );
        var wait = WaitOf(options);
        if (_handoffKey is null)
        {
            _handoffKey = PasskeyCeremony.HandoffKey(vault.Credentials.AdvSecret);
            _handoffSince = runtime.Time.GetTimestamp();
            // What the code showed is known to the phone and to who saw the screen: the phone's word is to be checked by what neither saw.
            var secret = RandomNumberGenerator.GetBytes(vault.Credentials.AdvSecret.Length);
            await vault.UpdateAsync(old => old with { AdvSecret = secret });
        }
        lock (_lock)
        {
            (_options, _wait, _since) = (options, wait, runtime.Time.GetTimestamp());
            _stage = Stage.Asked;
            (_ephemeral, _key, _nonce) = (null, [], []);
        }
        events.Raise(new PasskeyRequest(options, wait));
    }

    private async Task ProveAsync(PasskeyAssertion assertion)
    {
        if (!gate.MayAct)
            await gate.WaitUntilOpenAsync(connection.Ended);
        _reference =
            PasskeyStanzas.ReadReference(
                await link.QueryAsync(PasskeyStanzas.GetReference(), "a reference for the passkey")
            ) ?? throw new BinaryFormatException("The server gave no reference for the passkey.");
        var ephemeral = KeyPair.Generate();
        _nonce = RandomNumberGenerator.GetBytes(PasskeyCeremony.NonceSize);
        var payload = PasskeyCeremony.Prologue(ephemeral.Public, _reference, _nonce);
        var proof =
            device.ComparesPasskeyCode || runtime.Time.GetElapsedTime(_handoffSince) >= HandoffLife
                ? null
                : PasskeyCeremony.Proof(_handoffKey!, payload);
        lock (_lock)
            (_ephemeral, _proved) = (ephemeral, proof is not null);
        await link.QueryAsync(
            PasskeyStanzas.Prologue(assertion, payload, proof),
            "the passkey's assertion"
        );
    }

    private async Task RevealAsync(PhoneEphemeral phone, bool proved)
    {
        await link.QueryAsync(PasskeyStanzas.Reveal(_nonce), "the nonce for the passkey");
        lock (_lock)
            _stage = proved ? Stage.Finished : Stage.Comparing;
        if (proved)
            await FinishAsync();
        else
            events.Raise(
                new PasskeyCode(
                    PasskeyCeremony.Code(phone.Nonce, _nonce, phone.PublicKey),
                    _wait - runtime.Time.GetElapsedTime(_since)
                )
            );
    }

    private async Task FinishAsync()
    {
        var credentials = vault.Credentials;
        var request = PasskeyCeremony.Seal(
            _key,
            credentials.NoiseKey.Public,
            credentials.IdentityKey.Public,
            credentials.AdvSecret
        );
        await link.QueryAsync(PasskeyStanzas.Finish(request), "the device's keys");
    }

    /// <summary>A step that the server refuses ends the pairing: the next one begins from the start.</summary>
    private async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (QueryRefusedException e)
        {
            Reject($"{e.Message} Pair again, with a new assertion.");
            throw;
        }
    }

    private void Reject(string message) =>
        connection.BeginClose(new(DisconnectKind.PairingRejected, null, message));

    /// <summary>As long as the browser is to wait, within reason.</summary>
    private static TimeSpan WaitOf(string options)
    {
        try
        {
            using var document = JsonDocument.Parse(options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new BinaryFormatException("The passkey's options are no JSON object.");
            return
                document.RootElement.TryGetProperty("timeout", out var timeout)
                && timeout.ValueKind == JsonValueKind.Number
                && timeout.TryGetDouble(out var milliseconds)
                ? TimeSpan.FromMilliseconds(
                    Math.Clamp(
                        milliseconds,
                        ShortestWait.TotalMilliseconds,
                        LongestWait.TotalMilliseconds
                    )
                )
                : LongestWait;
        }
        catch (JsonException e)
        {
            throw new BinaryFormatException($"The passkey's options are not JSON: {e.Message}");
        }
    }

    private static InvalidOperationException NotAsked() =>
        new("No passkey is asked for now: wait for a request, and answer each once.");

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.PasskeyFlowOver,
            Level = LogLevel.Debug,
            Message = "The passkey was used, or is asked for once more"
        )]
        public static partial void Over(ILogger logger);

        [LoggerMessage(
            EventId = EventIds.PasskeyFlowIgnored,
            Level = LogLevel.Warning,
            Message = "Ignoring a phone's part of a passkey that is not awaited"
        )]
        public static partial void Ignored(ILogger logger);
    }
}
