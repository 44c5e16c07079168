using System.Globalization;
using Microsoft.Extensions.Logging;
using WaOperator.Domain;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>Pairing by QR code (one round of codes) or by a code typed into the phone; then the phone's word is checked, stored, and answered, in this order.</summary>
internal sealed partial class PairingFlow(Session session)
{
    private const int MaxCodes = 6;
    private static readonly TimeSpan RestartGrace = TimeSpan.FromSeconds(10);

    private readonly CodeFlow _code = new(session);
    private CancellationTokenSource? _round;

    /// <summary>The server offers references for codes.</summary>
    public async ValueTask OfferedAsync(BinaryNode iq, BinaryNode offer)
    {
        await session.SendAsync(Stanzas.IqResult(iq));
        if (session.Vault.Credentials.IsPaired || _round is not null)
            return;
        if (session.Device.Pairing == PairingMethod.Code)
        {
            _round = CancellationTokenSource.CreateLinkedTokenSource(session.Ended);
            var paired = _round.Token;
            session.Run(() => _code.RunAsync(paired));
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
        _round = CancellationTokenSource.CreateLinkedTokenSource(session.Ended);
        var scanned = _round.Token;
        session.Run(() => ShowAsync(references, scanned));
    }

    /// <summary>Something came about a code that was typed into the phone.</summary>
    public void Notified(BinaryNode notification)
    {
        if (_round is null || session.Vault.Credentials.IsPaired)
            Log.NotExpected(session.Logger);
        else
            session.Run(() => _code.NotifiedAsync(notification));
    }

    /// <summary>A phone scanned a code, or the one typed into it was right.</summary>
    public async ValueTask ScannedAsync(BinaryNode iq, BinaryNode success)
    {
        if (session.Vault.Credentials.IsPaired)
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
        var (account, keyIndex) = Adv.Accept(identity, session.Vault.Credentials);
        var device = success.Child("device");
        if (
            !Jid.TryParse(device?["jid"], out var me)
            || !me.IsPhone
            || me.Device == 0
            || !me.User.All(char.IsAsciiDigit)
        )
            throw new AdvRejectedException(
                "The server gave the paired device no address.",
                "not-acceptable"
            );
        if (session.Device.ExpectedPhone is { } expected && !PhoneNumber.Same(expected, me.User))
        {
            await RefuseAsync(iq, 500, "internal-error", Mismatch(expected, me.User));
            return;
        }
        Jid? lid = Jid.TryParse(device?["lid"], out var given) && given.IsLid ? given : null;
        var platform = success.Child("platform")?["name"];
        var business = success.Child("biz")?["name"];
        await session.Vault.UpdateAsync(old =>
            old with
            {
                Account = account,
                Me = me,
                Lid = lid,
                Platform = platform,
                PushName = business,
            }
        );
        session.Raise(new PairSuccess(me, lid, platform, business));
        await session.SendAsync(Signed(iq, account, keyIndex));
        session.Run(RestartAsync);
    }

    /// <summary>
    /// Refused before the device signs: the server then has no linked device, and the phone lists none. The keys that
    /// the code showed to somebody are given up as well.
    /// </summary>
    private async Task RefuseAsync(BinaryNode iq, int code, string text, Disconnect outcome)
    {
        await session.Vault.ReplaceAsync(_ => DeviceCredentials.Create());
        await session.SendAsync(Stanzas.IqError(iq, code, text));
        session.BeginClose(outcome);
    }

    private async Task ShowAsync(string[] references, CancellationToken scanned)
    {
        try
        {
            for (var i = 0; i < references.Length; i++)
            {
                if (!session.Gate.MayAct)
                    await session.Gate.WaitUntilOpenAsync(scanned);
                var valid =
                    i == 0 ? session.Options.FirstQrValidity : session.Options.NextQrValidity;
                var fields = QrContent.Fields(references[i], session.Vault.Credentials);
                session.Raise(
                    new QrCode(QrContent.Full(fields), fields, valid, i + 1, references.Length)
                );
                await session.DelayAsync(valid, scanned);
            }
            session.BeginClose(
                new(
                    DisconnectKind.PairingExpired,
                    null,
                    $"Nobody scanned any of the {references.Length} QR codes in time."
                )
            );
        }
        catch (OperationCanceledException) when (scanned.IsCancellationRequested)
        {
            Log.RoundEnded(session.Logger);
        }
    }

    /// <summary>The server asks for a restart itself; should it forget to, we know what comes next.</summary>
    private async Task RestartAsync()
    {
        await session.DelayAsync(RestartGrace, session.Ended);
        session.BeginClose(
            new(DisconnectKind.RestartRequired, 515, "Paired; the device has to connect anew.")
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
            Level = LogLevel.Warning,
            Message = "An answer to a pairing code came that nobody waits for"
        )]
        public static partial void NotExpected(ILogger logger);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The round of QR codes is over")]
        public static partial void RoundEnded(ILogger logger);
    }
}
