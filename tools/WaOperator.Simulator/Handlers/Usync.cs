using System.Globalization;
using System.Text;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Handlers;

/// <summary>Questions about accounts: is the number here, which devices does it have, what is its LID.</summary>
internal sealed class Usync(WhatsAppServer server)
{
    private const int MostUsers = 1000;

    /// <summary>What can be asked of an account. No one here is a business, and so nothing is told of that.</summary>
    private static readonly string[] Protocols =
    [
        "contact",
        "devices",
        "lid",
        "status",
        "picture",
        "disappearing_mode",
        "business",
    ];
    private static readonly byte[] KeyIndexListPrefix = [6, 2];

    /// <summary>Answers xmlns=usync.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq)
    {
        if (
            iq.Child("usync") is not { } usync
            || usync.Child("query") is not { } query
            || usync.Child("list") is not { } list
        )
            throw RefusedException.BadRequest("usync with query and list expected");
        var users = list.ChildrenWith("user").ToList();
        if (users.Count > MostUsers)
            throw RefusedException.BadRequest($"more than {MostUsers} users");
        Strict.Only(usync, ["sid", "mode", "last", "index", "context"], ["query", "list"]);
        Strict.Only(query, [], Protocols);
        var protocols = query.Children.Select(c => c.Tag).ToHashSet(StringComparer.Ordinal);
        var byLid = query.Child("contact")?["addressing_mode"] == "lid";
        if (usync["context"] == "message" && protocols.Contains("devices"))
            Note(device, users);
        return Stanzas.Result(
            iq,
            new BinaryNode("usync")
            {
                ["sid"] = usync["sid"],
                ["index"] = usync["index"] ?? "0",
                ["last"] = usync["last"] ?? "true",
                ["mode"] = usync["mode"],
                ["context"] = usync["context"],
                Children =
                [
                    new("result") { Children = [.. protocols.Select(p => new BinaryNode(p))] },
                    new("list")
                    {
                        Children = [.. users.Select(u => User(device, u, protocols, byLid))],
                    },
                ],
            }
        );
    }

    /// <summary>The device will keep the lists of devices, each under the address that it asked by.</summary>
    private void Note(Device device, List<BinaryNode> users)
    {
        foreach (var user in users)
        {
            if (
                !Jid.TryParse(user["jid"], out var jid)
                || server.Directory.Find(jid) is not { } phone
            )
                continue;
            var by = jid.IsLid ? AskedBy.Lid : AskedBy.Number;
            phone.Askers.AddOrUpdate(device, by, (_, before) => before | by);
        }
    }

    /// <param name="device">Who asks.</param>
    /// <param name="asked">Whom the device asks for.</param>
    /// <param name="protocols">What it wants to know.</param>
    /// <param name="byLid">It wants to hear of accounts by LID, with the number beside it.</param>
    private BinaryNode User(Device device, BinaryNode asked, HashSet<string> protocols, bool byLid)
    {
        var (phone, jid) = Find(asked);
        List<BinaryNode> parts = [];
        if (protocols.Contains("contact"))
            parts.Add(
                new("contact")
                {
                    ["type"] = phone is null ? "out" : "in",
                    Bytes = Encoding.UTF8.GetBytes(asked.Child("contact")?.Text ?? ""),
                }
            );
        if (phone is not null)
        {
            if (protocols.Contains("devices"))
                parts.Add(Devices(phone));
            // Always: some clients refuse to send to an account whose LID they do not know.
            parts.Add(new("lid") { ["val"] = phone.Lid.ToString() });
            if (protocols.Contains("status"))
                parts.Add(
                    Profiles.Shows(phone, "status", device.Phone)
                        ? new("status")
                        {
                            ["t"] = Stanzas.Text(phone.AboutAt),
                            Bytes = Encoding.UTF8.GetBytes(phone.About),
                        }
                        : new("status") { ["code"] = "401", ["type"] = "fail" }
                );
            if (protocols.Contains("picture"))
                parts.Add(new("picture") { ["id"] = phone.Picture?.Id });
            if (protocols.Contains("disappearing_mode"))
                parts.Add(
                    new("disappearing_mode")
                    {
                        ["duration"] = Stanzas.Text(phone.DefaultTimer),
                        ["t"] = "0",
                    }
                );
        }
        return byLid && phone is not null
            ? new("user")
            {
                ["jid"] = phone.Lid.ToString(),
                ["pn_jid"] = phone.Jid.ToString(),
                Children = parts,
            }
            : new("user") { ["jid"] = jid, Children = parts };
    }

    private (Phone? Phone, string? Jid) Find(BinaryNode asked)
    {
        if (asked["jid"] is { } jid)
            return (server.Directory.Find(jid), jid);
        var digits = new string([.. (asked.Child("contact")?.Text ?? "").Where(char.IsAsciiDigit)]);
        return server.Directory.TryGet(digits, out var phone)
            ? (phone, phone.Jid.ToString())
            : (null, new Jid(digits, Jid.PhoneServer).ToString());
    }

    private BinaryNode Devices(Phone phone)
    {
        var devices = phone.Devices;
        var list = new ADVKeyIndexList
        {
            RawId = phone.RawId,
            Timestamp = (ulong)server.Clock.UnixSeconds,
            CurrentIndex = phone.KeyIndex,
            AccountType = ADVEncryptionType.E2Ee,
        };
        list.ValidIndexes.AddRange(devices.Select(d => d.KeyIndex).Prepend(0U));
        var details = list.ToByteArray();
        var signed = new ADVSignedKeyIndexList
        {
            Details = ByteString.CopyFrom(details),
            AccountSignature = ByteString.CopyFrom(
                XEdDsa.Sign(phone.Identity.Private, [.. KeyIndexListPrefix, .. details])
            ),
        };
        return new("devices")
        {
            Children =
            [
                new("device-list")
                {
                    Children =
                    [
                        new("device") { ["id"] = "0" },
                        .. devices.Select(d => new BinaryNode("device")
                        {
                            ["id"] = d.Id.ToString(CultureInfo.InvariantCulture),
                            ["key-index"] = Stanzas.Text(d.KeyIndex),
                        }),
                    ],
                },
                new("key-index-list")
                {
                    ["ts"] = Stanzas.Text((long)list.Timestamp),
                    Bytes = signed.ToByteArray(),
                },
            ],
        };
    }
}
