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

    /// <summary>How long the phone, or the person who compares, may take.</summary>
    private static readonly TimeSpan StepWait = TimeSpan.FromMinutes(5);

    /// <summary>A browser counts from when it is asked; the options must be brought to it first.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private Ceremony? _current;
    private byte[]? _handoffKey;
    private long _handoffSince;

    private enum Stage
    {
        /// <summary>The options are shown.</summary>
        Asked,

        /// <summary>The assertion was sent.</summary>
        Answered,

        /// <summary>The phone's part has come.</summary>
        Revealing,

        /// <summary>A person compares the code.</summary>
        Comparing,

        /// <summary>The keys were handed over.</summary>
        Finished,
    }

    /// <summary>What belongs to one demand: another one takes its place, and finds nothing of it.</summary>
    private sealed class Ceremony(string options, TimeSpan wait, long since)
    {
        public string Options => options;
        public Stage Stage { get; set; }
        public TimeSpan Wait { get; set; } = wait;
        public long Since { get; set; } = since;
        public KeyPair? Ephemeral { get; set; }
        public string Reference { get; set; } = "";
        public byte[] Nonce { get; set; } = [];
        public byte[] Key { get; set; } = [];
        public bool Proved { get; set; }
    }

    /// <summary>Shows what the server asks for, and waits until the device is linked.</summary>
    /// <param name="demand">The server's word.</param>
    /// <param name="paired">Cancelled when the device is linked, or another demand takes this one's place.</param>
    public async Task RunAsync(BinaryNode demand, CancellationToken paired)
    {
        try
        {
            var ceremony = await AskAsync(demand, paired);
            while (Left(ceremony) is var left && left > TimeSpan.Zero)
                await runtime.Wheel.DelayAsync(left, paired);
            connection.BeginClose(EndOf(ceremony));
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
    /// <exception cref="TimeoutException">The server does not answer. The pairing is over.</exception>
    public async Task AnswerAsync(string assertion)
    {
        PasskeyAssertion read;
        Ceremony ceremony;
        lock (_lock)
        {
            if (_current is not { Stage: Stage.Asked } asked)
                throw NotAsked();
            read = PasskeyAssertion.Read(assertion, asked.Options);
            ceremony = asked;
            Enter(ceremony, Stage.Answered);
        }
        await GuardAsync(ceremony, () => ProveAsync(ceremony, read));
    }

    /// <summary>The person has compared the code: it is the same on the phone.</summary>
    /// <exception cref="InvalidOperationException">No code is shown.</exception>
    /// <exception cref="QueryRefusedException">The server does not take the device's keys. The pairing is over.</exception>
    /// <exception cref="TimeoutException">The server does not answer. The pairing is over.</exception>
    public async Task ConfirmAsync()
    {
        Ceremony ceremony;
        lock (_lock)
        {
            if (_current is not { Stage: Stage.Comparing } compared)
                throw new InvalidOperationException("No passkey code waits to be confirmed.");
            ceremony = compared;
            Enter(ceremony, Stage.Finished);
        }
        await GuardAsync(ceremony, () => FinishAsync(ceremony));
    }

    /// <summary>The phone's part has come.</summary>
    public async Task ContinuedAsync(BinaryNode notification)
    {
        Ceremony ceremony;
        KeyPair ephemeral;
        lock (_lock)
        {
            if (_current is not { Stage: Stage.Answered, Ephemeral: { } own } answered)
            {
                Log.Ignored(logger);
                return;
            }
            (ceremony, ephemeral) = (answered, own);
            ceremony.Ephemeral = null;
            Enter(ceremony, Stage.Revealing);
        }
        var phone =
            PasskeyStanzas.ReadContinuation(notification)
            ?? throw new BinaryFormatException("The phone's part of the passkey is malformed.");
        try
        {
            using var own = ephemeral;
            ceremony.Key = PasskeyCeremony.Key(
                own.Private,
                phone.PublicKey,
                QrContent.DeviceType,
                ceremony.Reference
            );
        }
        catch (CryptographicException e)
        {
            Reject(ceremony, $"The phone's keys are worthless: {e.Message}");
            return;
        }
        try
        {
            await GuardAsync(ceremony, () => RevealAsync(ceremony, phone));
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            // The connection ends as that; no caller waits for it.
            Log.Refused(logger, e.Message);
        }
    }

    private async Task<Ceremony> AskAsync(BinaryNode demand, CancellationToken paired)
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
        var ceremony = new Ceremony(options, wait, runtime.Time.GetTimestamp());
        lock (_lock)
        {
            // Another demand came meanwhile.
            paired.ThrowIfCancellationRequested();
            _current = ceremony;
        }
        events.Raise(new PasskeyRequest(options, wait));
        return ceremony;
    }

    private async Task ProveAsync(Ceremony ceremony, PasskeyAssertion assertion)
    {
        if (!gate.MayAct)
            await gate.WaitUntilOpenAsync(connection.Ended);
        ceremony.Reference =
            PasskeyStanzas.ReadReference(
                await link.QueryAsync(PasskeyStanzas.GetReference(), "a reference for the passkey")
            ) ?? throw new BinaryFormatException("The server gave no reference for the passkey.");
        var ephemeral = KeyPair.Generate();
        ceremony.Nonce = RandomNumberGenerator.GetBytes(PasskeyCeremony.NonceSize);
        var payload = PasskeyCeremony.Prologue(
            ephemeral.Public,
            ceremony.Reference,
            ceremony.Nonce
        );
        var proof =
            device.ComparesPasskeyCode || runtime.Time.GetElapsedTime(_handoffSince) >= HandoffLife
                ? null
                : PasskeyCeremony.Proof(_handoffKey!, payload);
        // The phone's part may come before the answer.
        lock (_lock)
            (ceremony.Ephemeral, ceremony.Proved) = (ephemeral, proof is not null);
        await link.QueryAsync(
            PasskeyStanzas.Prologue(assertion, payload, proof),
            "the passkey's assertion"
        );
    }

    private async Task RevealAsync(Ceremony ceremony, PhoneEphemeral phone)
    {
        await link.QueryAsync(PasskeyStanzas.Reveal(ceremony.Nonce), "the nonce for the passkey");
        bool proved;
        lock (_lock)
        {
            if (_current != ceremony)
                return;
            proved = ceremony.Proved;
            Enter(ceremony, proved ? Stage.Finished : Stage.Comparing);
        }
        if (proved)
            await FinishAsync(ceremony);
        else
            events.Raise(
                new PasskeyCode(
                    PasskeyCeremony.Code(phone.Nonce, ceremony.Nonce, phone.PublicKey),
                    StepWait
                )
            );
    }

    private async Task FinishAsync(Ceremony ceremony)
    {
        var credentials = vault.Credentials;
        var request = PasskeyCeremony.Seal(
            ceremony.Key,
            credentials.NoiseKey.Public,
            credentials.IdentityKey.Public,
            credentials.AdvSecret
        );
        CryptographicOperations.ZeroMemory(ceremony.Key);
        await link.QueryAsync(PasskeyStanzas.Finish(request), "the device's keys");
    }

    /// <summary>A step that the server refuses, or leaves without an answer, ends the pairing: the next one begins from the start.</summary>
    private async Task GuardAsync(Ceremony ceremony, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (QueryRefusedException e)
        {
            Reject(ceremony, $"{e.Message} Pair again, with a new assertion.");
            throw;
        }
        catch (BinaryFormatException e)
        {
            Reject(ceremony, $"{e.Message} Pair again.");
            throw new QueryRefusedException("the passkey", null, e.Message);
        }
        catch (TimeoutException e)
        {
            End(ceremony, new(DisconnectKind.Timeout, null, e.Message));
            throw;
        }
    }

    private void Reject(Ceremony ceremony, string message) =>
        End(ceremony, new(DisconnectKind.PairingRejected, null, message));

    /// <summary>One whose place another demand has taken ends nothing.</summary>
    private void End(Ceremony ceremony, Disconnect outcome)
    {
        lock (_lock)
            if (_current != ceremony)
                return;
        connection.BeginClose(outcome);
    }

    private void Enter(Ceremony ceremony, Stage stage)
    {
        ceremony.Stage = stage;
        (ceremony.Wait, ceremony.Since) = (StepWait, runtime.Time.GetTimestamp());
    }

    private TimeSpan Left(Ceremony ceremony)
    {
        lock (_lock)
            return ceremony.Wait - runtime.Time.GetElapsedTime(ceremony.Since);
    }

    private Disconnect EndOf(Ceremony ceremony)
    {
        lock (_lock)
            return ceremony.Stage switch
            {
                Stage.Asked => new(
                    DisconnectKind.PasskeyRequired,
                    null,
                    "The account demands its passkey to link a device, and it was not used in time. The device was not linked."
                ),
                Stage.Comparing => new(
                    DisconnectKind.PairingExpired,
                    null,
                    "The passkey was accepted, but the code was not confirmed in time. The device was not linked."
                ),
                _ => new(
                    DisconnectKind.PairingExpired,
                    null,
                    "The passkey was accepted, but the phone did not answer in time. The device was not linked."
                ),
            };
    }

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

        [LoggerMessage(
            EventId = EventIds.PasskeyFlowRefused,
            Level = LogLevel.Warning,
            Message = "The passkey did not link the device: {Reason}"
        )]
        public static partial void Refused(ILogger logger, string reason);
    }
}
