using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Handlers;

/// <summary>New devices: shows them references, and links them once a phone has vouched for them.</summary>
internal sealed class Pairing(WhatsAppServer server)
{
    private const int References = 6;

    /// <summary>The first code lives 60 s, five more 20 s each; then the client gives up, or is cut a little later.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(180);
    private static readonly byte[] DeviceSignaturePrefix = [6, 1];

    private readonly ConcurrentDictionary<string, Connection> _waiting = new(
        StringComparer.Ordinal
    );

    /// <summary>How many new devices wait to be scanned.</summary>
    public int Waiting => _waiting.Values.Distinct().Count();

    /// <summary>A new device registers: gives it references for its codes.</summary>
    /// <exception cref="ProtocolViolationException">The registration is malformed or badly signed.</exception>
    public void Begin(
        Connection connection,
        byte[] noiseKey,
        ClientPayload.Types.DevicePairingRegistrationData data
    )
    {
        if (server.Faults.Meet(null, http: false) is { } refusal)
        {
            server.Ledger.Note("refused", null, $"registration, {refusal.Form} {refusal.Reason}");
            connection.Close(Stanzas.Failure(refusal.Reason));
            return;
        }
        var registration = Registration.Read(noiseKey, data);
        registration.References =
        [
            .. Enumerable
                .Range(0, References)
                .Select(_ => "2@" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(33))),
        ];
        foreach (var reference in registration.References)
            _waiting[reference] = connection;
        connection.Registration = registration;
        connection.Expire(Round);
        server.Ledger.Count("registrations");
        connection.Send(
            Stanzas.Set(
                "md",
                new("pair-device")
                {
                    Children =
                    [
                        .. registration.References.Select(r => new BinaryNode("ref")
                        {
                            Bytes = Encoding.UTF8.GetBytes(r),
                        }),
                    ],
                }
            )
        );
    }

    /// <summary>The connection that shows a code with this reference, or null.</summary>
    public Connection? Find(string reference) => _waiting.GetValueOrDefault(reference);

    /// <summary>A phone has scanned and vouched: notifies the device, which answers with its own signature.</summary>
    /// <returns>False if the device is already being linked.</returns>
    public bool Offer(Connection connection, Link link, byte[] signedHmac)
    {
        var registration = connection.Registration!;
        lock (registration)
        {
            if (registration.Link is not null)
                return false;
            registration.Link = link;
        }
        Forget(registration);
        connection.Send(
            new("iq")
            {
                ["from"] = Stanzas.Server,
                ["type"] = "set",
                ["id"] = link.QueryId,
                ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                Children =
                [
                    new("pair-success")
                    {
                        Children =
                        [
                            new("device-identity") { Bytes = signedHmac },
                            new("device")
                            {
                                ["jid"] = (
                                    link.Phone.Jid with
                                    {
                                        Device = link.DeviceId,
                                    }
                                ).ToString(),
                                ["lid"] = (
                                    link.Phone.Lid with
                                    {
                                        Device = link.DeviceId,
                                    }
                                ).ToString(),
                            },
                            new("platform") { ["name"] = "android" },
                        ],
                    },
                ],
            }
        );
        return true;
    }

    /// <summary>Handles a stanza of a device that is not linked yet.</summary>
    /// <exception cref="ProtocolViolationException">It may not be sent before the login.</exception>
    public void Handle(Connection connection, BinaryNode stanza)
    {
        switch (stanza.Tag)
        {
            case "iq"
                when stanza["type"] == "result" && stanza.Child("pair-device-sign") is { } sign:
                Signed(connection, stanza, sign);
                break;
            case "iq" when stanza["type"] is "result" or "error":
                break;
            case "iq"
                when stanza["type"] == "set"
                    && stanza.Child("link_code_companion_reg") is { } stage:
                connection.Send(server.CodePairing.Answer(connection, stanza, stage));
                break;
            case "iq" when server.PasskeyPairing.Answer(connection, stanza) is { } answer:
                connection.Send(answer);
                break;
            case "iq":
                connection.Send(Stanzas.Error(stanza, 501, "feature-not-implemented"));
                break;
            case "ib" or "presence" or "ack":
                break;
            default:
                throw new ProtocolViolationException($"{stanza} from a device that is not linked");
        }
    }

    /// <summary>The socket of a device that waited has ended.</summary>
    public void Left(Connection connection)
    {
        if (connection.Registration is not { } registration)
            return;
        Forget(registration);
        registration.Code?.Trying?.TrySetResult(null);
        registration.Passkey?.Handed.TrySetResult(null);
        registration.Link?.Done.TrySetResult(null);
    }

    private void Signed(Connection connection, BinaryNode iq, BinaryNode sign)
    {
        var registration = connection.Registration!;
        if (registration.Link is not { } link || iq["id"] != link.QueryId)
            throw new ProtocolViolationException("pair-device-sign without a pair-success");
        Verify(registration, link, sign);
        var device = new Device
        {
            Phone = link.Phone,
            Id = link.DeviceId,
            KeyIndex = link.KeyIndex,
            NoiseKey = registration.NoiseKey,
            Identity = registration.Identity,
            RegistrationId = registration.RegistrationId,
            Platform = registration.Platform,
            AsksForHistory = registration.AsksForHistory,
            AsksForFullHistory = registration.AsksForFullHistory,
            SignedPreKey = registration.SignedPreKey,
            LinkedAt = server.Clock.Now().At,
        };
        server.Directory.Link(device);
        server.Ledger.Note("linked", device.Jid.ToString(), registration.Platform);
        server.Notices.DevicesChanged(device, "add");
        link.Done.TrySetResult(device);
        connection.Close(Stanzas.StreamError(515));
    }

    private static void Verify(Registration registration, Link link, BinaryNode sign)
    {
        if (sign.Child("device-identity") is not { } identity)
            throw new ProtocolViolationException("pair-device-sign without device-identity");
        if (identity["key-index"] != Stanzas.Text(link.KeyIndex))
            throw new ProtocolViolationException(
                $"pair-device-sign with key-index {identity["key-index"]} instead of {link.KeyIndex}"
            );
        var signed = ADVSignedDeviceIdentity.Parser.ParseFrom(identity.Bytes);
        if (signed.HasAccountSignatureKey && signed.AccountSignatureKey.Length > 0)
            throw new ProtocolViolationException(
                "pair-device-sign contains the account's key, which it must leave out"
            );
        if (
            !signed.Details.Span.SequenceEqual(link.Details)
            || !signed.AccountSignature.Span.SequenceEqual(link.AccountSignature)
        )
            throw new ProtocolViolationException(
                "pair-device-sign for another identity than the phone vouched for"
            );
        byte[] message =
        [
            .. DeviceSignaturePrefix,
            .. link.Details,
            .. registration.Identity,
            .. link.Phone.Identity.Public,
        ];
        if (!XEdDsa.Verify(registration.Identity, message, signed.DeviceSignature.Span))
            throw new ProtocolViolationException("pair-device-sign with a wrong device signature");
    }

    private void Forget(Registration registration)
    {
        foreach (var reference in registration.References)
            _waiting.TryRemove(reference, out _);
    }
}
