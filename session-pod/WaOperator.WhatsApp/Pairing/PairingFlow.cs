using System.Globalization;
using Microsoft.Extensions.Logging;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>Pairing by QR code (one round of codes) or by a code typed into the phone; then the phone's word is checked, stored, and answered, in this order.</summary>
internal sealed partial class PairingFlow(
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
    private const int MaxCodes = 6;
    private static readonly TimeSpan RestartGrace = TimeSpan.FromSeconds(10);

    private CodeFlow? _code;
    private PasskeyFlow? _passkey;
    private CancellationTokenSource? _round;

    /// <summary>The server offers references for codes.</summary>
    public async ValueTask OfferedAsync(BinaryNode iq, BinaryNode offer)
    {
        await link.SendAsync(Stanzas.IqResult(iq));
        if (vault.Credentials.IsPaired || _round is not null)
            return;
        if (device.Pairing == PairingMethod.Code)
        {
            _round = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
            var paired = _round.Token;
            var code = _code = new(link, connection, vault, events, device, runtime, gate, logger);
            connection.Run(() => code.RunAsync(paired));
            return;
        }
        string[] references =
        [
            .. offer.ChildrenWith("ref").Select(node => node.Text).Take(MaxCodes),
        ];
        if (
            references.Length == 0
            || references.Any(text => text.Length is 0 or > 512 || text.Contains(','))
        )
            throw new BinaryFormatException("The server offers no usable references for QR codes.");
        _round = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
        var scanned = _round.Token;
        connection.Run(() => ShowAsync(references, scanned));
    }

    /// <summary>Something came about a code that was typed into the phone.</summary>
    public void Notified(BinaryNode notification)
    {
        if (_code is not { } code || vault.Credentials.IsPaired)
            Log.NotExpected(logger);
        else
            connection.Run(() => code.NotifiedAsync(notification));
    }

    /// <summary>The account's passkey is demanded: no code is shown any more.</summary>
    public async ValueTask PasskeyDemandedAsync(BinaryNode notification)
    {
        if (vault.Credentials.IsPaired || _round is null)
        {
            Log.NotExpected(logger);
            return;
        }
        _code?.End();
        _code = null;
        await _round.CancelAsync();
        _round = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
        var paired = _round.Token;
        var passkey = _passkey ??= new(
            link,
            connection,
            vault,
            events,
            device,
            runtime,
            gate,
            logger
        );
        connection.Run(() => passkey.RunAsync(notification, paired));
    }

    /// <summary>The phone has its part of a passkey's key.</summary>
    public void PasskeyContinued(BinaryNode notification)
    {
        if (_passkey is not { } passkey || vault.Credentials.IsPaired)
            Log.NotExpected(logger);
        else
            connection.Run(() => passkey.ContinuedAsync(notification));
    }

    /// <summary>What was asked of the account's passkey.</summary>
    /// <exception cref="InvalidOperationException">Nothing was.</exception>
    public PasskeyFlow Passkey =>
        _passkey ?? throw new InvalidOperationException("The account's passkey was not asked for.");

    /// <summary>A phone scanned a code, or the one typed into it was right.</summary>
    public async ValueTask ScannedAsync(BinaryNode iq, BinaryNode success)
    {
        if (vault.Credentials.IsPaired)
            throw new BinaryFormatException(
                "The server reports a pairing of a device that is paired."
            );
        if (_round is not null)
            await _round.CancelAsync();
        try
        {
            await AcceptAsync(iq, success);
        }
        catch (AdvRejectedException e)
        {
            await RefuseAsync(
                iq,
                401,
                e.WireText,
                new(DisconnectKind.PairingRejected, 401, e.Message)
            );
        }
    }

    private async Task AcceptAsync(BinaryNode iq, BinaryNode success)
    {
        var identity = success.Child("device-identity")?.Bytes ?? [];
        var (account, keyIndex) = Adv.Accept(identity, vault.Credentials);
        var named = success.Child("device");
        if (
            !Jid.TryParse(named?["jid"], out var me)
            || !me.IsPhone
            || me.Device == 0
            || !me.User.All(char.IsAsciiDigit)
        )
            throw new AdvRejectedException(
                "The server gave the paired device no address.",
                "not-acceptable"
            );
        if (device.ExpectedPhone is { } expected && !PhoneNumber.Same(expected, me.User))
        {
            await RefuseAsync(iq, 500, "internal-error", Mismatch(expected, me.User));
            return;
        }
        Jid? lid = Jid.TryParse(named?["lid"], out var given) && given.IsLid ? given : null;
        var platform = success.Child("platform")?["name"];
        var business = success.Child("biz")?["name"];
        await vault.UpdateAsync(old =>
            old with
            {
                SignedPreKeyAt = runtime.Time.GetUtcNow(),
                Account = account,
                Me = me,
                Lid = lid,
                Platform = platform,
                PushName = business,
            }
        );
        events.Raise(new PairSuccess(me, lid, platform, business));
        await link.SendAsync(Signed(iq, account, keyIndex));
        connection.Run(RestartAsync);
    }

    /// <summary>
    /// Refused before the device signs: the server then has no linked device, and the phone lists none. The keys that
    /// the code showed to someone are given up as well.
    /// </summary>
    private async Task RefuseAsync(BinaryNode iq, int code, string text, Disconnect outcome)
    {
        await vault.ReplaceAsync(_ => DeviceCredentials.Create());
        await link.SendAsync(Stanzas.IqError(iq, code, text));
        connection.BeginClose(outcome);
    }

    private async Task ShowAsync(string[] references, CancellationToken scanned)
    {
        try
        {
            for (var i = 0; i < references.Length; i++)
            {
                if (!gate.MayAct)
                    await gate.WaitUntilOpenAsync(scanned);
                var valid =
                    i == 0 ? runtime.Options.FirstQrValidity : runtime.Options.NextQrValidity;
                var fields = QrContent.Fields(references[i], vault.Credentials);
                events.Raise(
                    new QrCode(QrContent.Full(fields), fields, valid, i + 1, references.Length)
                );
                await runtime.Wheel.DelayAsync(valid, scanned);
            }
            connection.BeginClose(
                new(
                    DisconnectKind.PairingExpired,
                    null,
                    $"None of the {references.Length} QR codes was scanned in time."
                )
            );
        }
        catch (OperationCanceledException) when (scanned.IsCancellationRequested)
        {
            Log.RoundEnded(logger);
        }
    }

    /// <summary>The server asks for a restart itself; should it forget to, we know what comes next.</summary>
    private async Task RestartAsync()
    {
        await runtime.Wheel.DelayAsync(RestartGrace, connection.Ended);
        connection.BeginClose(
            new(DisconnectKind.RestartRequired, 515, "Paired; the device has to reconnect.")
        );
    }

    private static BinaryNode Signed(BinaryNode iq, DeviceAccount account, uint keyIndex)
    {
        var identity = new BinaryNode("device-identity")
        {
            ["key-index"] = keyIndex.ToString(CultureInfo.InvariantCulture),
            Bytes = Adv.Encode(account, withKey: false),
        };
        return new("iq")
        {
            ["to"] = Stanzas.Server,
            ["type"] = "result",
            ["id"] = iq["id"],
            Children = [new BinaryNode("pair-device-sign") { Children = [identity] }],
        };
    }

    private static Disconnect Mismatch(string expected, string found) =>
        new(
            DisconnectKind.PhoneMismatch,
            null,
            $"The code was scanned by {PhoneNumber.Mask(found)} instead of {PhoneNumber.Mask(expected)}; that device was not linked."
        );

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.PairingFlowNotExpected,
            Level = LogLevel.Warning,
            Message = "Ignoring a step of a pairing that is not awaited"
        )]
        public static partial void NotExpected(ILogger logger);

        [LoggerMessage(
            EventId = EventIds.PairingFlowRoundEnded,
            Level = LogLevel.Debug,
            Message = "The round of QR codes is over"
        )]
        public static partial void RoundEnded(ILogger logger);
    }
}
