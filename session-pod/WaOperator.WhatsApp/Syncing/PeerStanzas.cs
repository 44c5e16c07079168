using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>What is said to the account's own phone, and is for no person. Pure.</summary>
internal static class PeerStanzas
{
    /// <param name="id">The message's id.</param>
    /// <param name="phone">The phone: the account by number, without a device.</param>
    /// <param name="encrypted">What is said.</param>
    /// <param name="us">Vouches for us where the session begins.</param>
    /// <param name="urgent">A person waits for the answer: the phone is woken.</param>
    public static BinaryNode ToPhone(
        string id,
        Jid phone,
        Encrypted encrypted,
        DeviceAccount us,
        bool urgent = false
    ) =>
        new("message")
        {
            ["id"] = id,
            ["to"] = phone.ToString(),
            ["type"] = "text",
            ["category"] = "peer",
            ["push_priority"] = urgent ? "high_force" : "high",
            ["privacy_sensitive"] = urgent ? "1" : null,
            Children =
            [
                new BinaryNode("meta") { ["appdata"] = "default" },
                new BinaryNode("enc")
                {
                    ["v"] = "2",
                    ["type"] = encrypted.IsPreKeyMessage ? "pkmsg" : "msg",
                    Bytes = encrypted.Message,
                },
                .. encrypted.IsPreKeyMessage
                    ?
                    [
                        new BinaryNode("device-identity")
                        {
                            Bytes = Pairing.Adv.Encode(us, withKey: true),
                        },
                    ]
                    : Array.Empty<BinaryNode>(),
            ],
        };
}
