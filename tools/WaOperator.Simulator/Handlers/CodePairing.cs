using System.Security.Cryptography;
using System.Text;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Server;

namespace WaOperator.Simulator.Handlers;

/// <summary>A new device waits for its code to be typed into a phone.</summary>
/// <param name="Number">The phone that it named.</param>
/// <param name="WrappedEphemeral">Its ephemeral key, encrypted by the code.</param>
/// <param name="Reference">Names the pairing.</param>
internal sealed record CodeOffer(string Number, byte[] WrappedEphemeral, byte[] Reference)
{
    /// <summary>The code that is being tried: ends with the device's proof; null: it left, or a new hello came.</summary>
    public TaskCompletionSource<byte[]?>? Trying { get; set; }
}

/// <summary>
/// Linking by a code that is typed into the phone. The server only passes things on: the device's hello waits until
/// someone types a code, the phone's hello goes to the device, the device's proof to the phone.
/// </summary>
internal sealed class CodePairing(WhatsAppServer server)
{
    private const string Tag = "link_code_companion_reg";
    private const string ReferenceTag = "link_code_pairing_ref";

    /// <summary>Handles a stage of a device that is not linked yet.</summary>
    public BinaryNode Answer(Connection connection, BinaryNode iq, BinaryNode stage) =>
        stage["stage"] switch
        {
            "companion_hello" => Hello(connection, iq, stage),
            "companion_finish" => Finish(connection, iq, stage),
            _ => Stanzas.Error(iq, 400, "bad-request"),
        };

    /// <summary>The connection that waits for a code to be typed into that phone; the latest of several.</summary>
    public Connection? Find(string number) =>
        server
            .Connections.Keys.Where(c => c.Registration?.Code?.Number == number && !c.Ended)
            .MaxBy(c => c.LastFrame.Ticks);

    /// <summary>A code was typed in: exchanges ephemeral keys with the device by it.</summary>
    /// <returns>The secret that both sides have derived; null if the code was wrong, or the device left.</returns>
    public async Task<byte[]?> TryAsync(
        Phone phone,
        Connection connection,
        string code,
        TimeSpan limit
    )
    {
        var registration = connection.Registration!;
        var offer = registration.Code!;
        var proof = new TaskCompletionSource<byte[]?>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        offer.Trying = proof;
        using var ephemeral = KeyPair.Generate();
        connection.Send(PhoneHello(phone, offer, LinkCode.Wrap(code, ephemeral.Public)));
        var done = await Task.WhenAny(proof.Task, Task.Delay(limit, server.Clock.Time));
        if (done != proof.Task || await proof.Task is not { } bundle)
            return null;
        try
        {
            var (identity, secret) = PhoneLinkCode.Accept(
                ephemeral,
                phone.Identity,
                LinkCode.Unwrap(code, offer.WrappedEphemeral),
                bundle
            );
            return identity.AsSpan().SequenceEqual(registration.Identity) ? secret : null;
        }
        catch (CryptographicException)
        {
            server.Ledger.Count("wrongPairingCodes");
            return null;
        }
    }

    /// <summary>A code was typed in for an account that demands its passkey: the phone says so without its part of the key.</summary>
    public void Announce(Connection connection) =>
        connection.Send(
            new("notification")
            {
                ["from"] = Stanzas.Server,
                ["type"] = Tag,
                ["id"] = Stanzas.NewId(),
                ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                Children =
                [
                    new(Tag)
                    {
                        ["stage"] = "primary_hello",
                        Children =
                        [
                            new(ReferenceTag) { Bytes = connection.Registration!.Code!.Reference },
                        ],
                    },
                ],
            }
        );

    private BinaryNode Hello(Connection connection, BinaryNode iq, BinaryNode stage)
    {
        var registration = connection.Registration!;
        if (
            !Jid.TryParse(stage["jid"], out var jid)
            || !jid.IsPhone
            || stage.Child("link_code_pairing_wrapped_companion_ephemeral_pub")?.Bytes
                is not { Length: LinkCode.WrappedSize } wrapped
            || stage.Child("companion_server_auth_key_pub")?.Bytes is not { } noiseKey
            || stage.Child("companion_platform_id") is null
            || stage.Child("companion_platform_display") is null
            || !noiseKey.AsSpan().SequenceEqual(registration.NoiseKey)
        )
            return Stanzas.Error(iq, 400, "bad-request");
        registration.Code?.Trying?.TrySetResult(null);
        var reference = Encoding.ASCII.GetBytes(
            "3@" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(33))
        );
        registration.Code = new(jid.User, wrapped, reference);
        server.Ledger.Count("pairingCodes");
        return Stanzas.Result(
            iq,
            new BinaryNode(Tag)
            {
                ["stage"] = "companion_hello",
                Children = [new(ReferenceTag) { Bytes = reference }],
            }
        );
    }

    private static BinaryNode Finish(Connection connection, BinaryNode iq, BinaryNode stage)
    {
        var registration = connection.Registration!;
        if (
            registration.Code is not { Trying: { } proof } offer
            || stage.Child(ReferenceTag)?.Bytes is not { } reference
            || !reference.AsSpan().SequenceEqual(offer.Reference)
            || stage.Child("link_code_pairing_wrapped_key_bundle")?.Bytes is not { } bundle
            || stage.Child("companion_identity_public")?.Bytes is not { } identity
            || !identity.AsSpan().SequenceEqual(registration.Identity)
        )
            return Stanzas.Error(iq, 400, "bad-request");
        proof.TrySetResult(bundle);
        return Stanzas.Result(iq);
    }

    private BinaryNode PhoneHello(Phone phone, CodeOffer offer, byte[] wrapped) =>
        new("notification")
        {
            ["from"] = Stanzas.Server,
            ["type"] = Tag,
            ["id"] = Stanzas.NewId(),
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            Children =
            [
                new(Tag)
                {
                    ["stage"] = "primary_hello",
                    Children =
                    [
                        new("link_code_pairing_wrapped_primary_ephemeral_pub") { Bytes = wrapped },
                        new("primary_identity_pub") { Bytes = phone.Identity.Public },
                        new(ReferenceTag) { Bytes = offer.Reference },
                    ],
                },
            ],
        };
}
