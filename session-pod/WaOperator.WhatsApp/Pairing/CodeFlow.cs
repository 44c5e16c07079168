using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>
/// Pairing by a code that is typed into the phone: hello, the phone's hello, proof. What follows is as after the scan
/// of a QR code, with a secret that both sides have derived instead of one that the QR code carried.
/// </summary>
internal sealed partial class CodeFlow(
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
    /// <summary>How often someone may type a wrong code; official clients stop there, too.</summary>
    private const int MaxHellos = 3;

    private readonly Lock _lock = new();
    private string _code = "";
    private byte[] _reference = [];
    private int _hellos;
    private volatile bool _over;

    /// <summary>Asks for a pairing, shows its code and waits until it was used.</summary>
    /// <param name="paired">Cancelled when the device is paired.</param>
    public async Task RunAsync(CancellationToken paired)
    {
        try
        {
            await ShowAsync();
            await runtime.Wheel.DelayAsync(runtime.Options.PairingCodeValidity, paired);
            connection.BeginClose(
                new(
                    DisconnectKind.PairingExpired,
                    null,
                    "The pairing code was not entered on the phone in time."
                )
            );
        }
        catch (OperationCanceledException) when (paired.IsCancellationRequested)
        {
            Log.Over(logger);
        }
    }

    /// <summary>The account's passkey is demanded in its place: no code is shown any more, and the secret stays as it is.</summary>
    public void End() => _over = true;

    /// <summary>Something came about the pairing. Computing takes its time: not to be awaited by the receive loop.</summary>
    public async Task NotifiedAsync(BinaryNode notification)
    {
        if (CodeStanzas.IsRefresh(notification))
        {
            await ShowAsync();
            return;
        }
        // Says that a passkey is demanded next.
        if (CodeStanzas.IsWithoutKey(notification))
            return;
        if (CodeStanzas.ReadHello(notification) is not { } hello)
            throw new BinaryFormatException("The phone's answer to the pairing code is malformed.");
        string code;
        lock (_lock)
        {
            if (!_reference.AsSpan().SequenceEqual(hello.Reference) || _hellos == MaxHellos)
            {
                Log.Ignored(logger);
                return;
            }
            _hellos++;
            code = _code;
        }
        await FinishAsync(hello, code);
    }

    private async Task ShowAsync()
    {
        if (!gate.MayAct)
            await gate.WaitUntilOpenAsync(connection.Ended);
        var credentials = vault.Credentials;
        var code = LinkCode.NewCode();
        var wrapped = LinkCode.Wrap(code, credentials.PairingEphemeralKey.Public);
        var answer = await link.QueryAsync(
            CodeStanzas.Hello(Phone, wrapped, credentials.NoiseKey.Public),
            "to pair by a code"
        );
        var reference =
            CodeStanzas.ReadReference(answer)
            ?? throw new BinaryFormatException("The server gave no reference for a pairing code.");
        lock (_lock)
            (_code, _reference, _hellos) = (code, reference, 0);
        if (_over)
            return;
        events.Raise(new PhoneCode(code, runtime.Options.PairingCodeValidity));
    }

    private async Task FinishAsync(PhoneHello hello, string code)
    {
        var credentials = vault.Credentials;
        try
        {
            var (bundle, secret) = LinkCode.Finish(
                credentials.PairingEphemeralKey,
                credentials.IdentityKey,
                LinkCode.Unwrap(code, hello.WrappedEphemeral),
                hello.Identity
            );
            // The phone's answer may come at once: what it is checked by must be there, also after a crash.
            if (_over)
                return;
            await vault.UpdateAsync(old => old with { AdvSecret = secret });
            await link.QueryAsync(
                CodeStanzas.Finish(Phone, bundle, credentials.IdentityKey.Public, hello.Reference),
                "the proof for the pairing code"
            );
        }
        catch (CryptographicException e)
        {
            connection.BeginClose(
                new(
                    DisconnectKind.PairingRejected,
                    null,
                    $"The phone's keys are worthless: {e.Message}"
                )
            );
        }
        catch (QueryRefusedException e)
        {
            // A wrong code, most likely: it may be typed again.
            Log.Refused(logger, e.Message);
        }
    }

    private string Phone => device.ExpectedPhone!;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.CodeFlowOver,
            Level = LogLevel.Debug,
            Message = "The pairing code was used"
        )]
        public static partial void Over(ILogger logger);

        [LoggerMessage(
            EventId = EventIds.CodeFlowIgnored,
            Level = LogLevel.Warning,
            Message = "An answer to another pairing code, or one too many, was ignored"
        )]
        public static partial void Ignored(ILogger logger);

        [LoggerMessage(
            EventId = EventIds.CodeFlowRefused,
            Level = LogLevel.Warning,
            Message = "The pairing code did not work; it may be typed again. {Reason}"
        )]
        public static partial void Refused(ILogger logger, string reason);
    }
}
