using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Groups;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.Simulator.Handlers;

/// <summary>xmlns=w:profile:picture: pictures of accounts and groups. They are given by the media hosts, small and large alike.</summary>
internal sealed class Pictures(WhatsAppServer server)
{
    private const int Unauthorized = 401;
    private const int Forbidden = 403;
    private const int MostBytes = 512 * 1024;
    private const string Path = "/v/pictures/";

    /// <summary>Answers a query.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq)
    {
        Strict.Only(iq, ["id", "to", "type", "xmlns", "target"], ["picture"]);
        return iq["type"] switch
        {
            "get" => Stanzas.Result(iq, Get(device, iq)),
            "set" => Set(device, iq),
            _ => throw RefusedException.NotImplemented($"type {iq["type"]}"),
        };
    }

    /// <summary>The picture that a media host is asked for; null: it is none's, or of before.</summary>
    public byte[]? Load(string path)
    {
        if (!path.StartsWith(Path, StringComparison.Ordinal))
            return null;
        return
            path[Path.Length..].Split('/') is [var owner, var id]
            && PictureOf(owner) is { } picture
            && picture.Id == id
            ? picture.Jpeg
            : null;
    }

    /// <summary>An account's picture is another one, or none: its own devices hear it, and all who have talked with it.</summary>
    /// <param name="phone">The account.</param>
    /// <param name="by">The device that changed it; null: the phone itself.</param>
    /// <param name="picture">The picture; null: none.</param>
    public void Change(Phone phone, Device? by, Picture? picture)
    {
        phone.Picture = picture;
        phone.Changed();
        foreach (var own in phone.Devices.Where(d => d != by))
            server.Notices.AccountChanged(own, new("picture"), phone);
        var contacts = phone.Contacts.SelectMany(number =>
            server.Directory.TryGet(number, out var other) ? other.Devices : []
        );
        foreach (var device in contacts)
            server.Notices.Send(device, Notification(phone.Jid, phone.Jid, picture));
    }

    private BinaryNode Get(Device device, BinaryNode iq)
    {
        var asked = Strict.Child(iq, "get", "picture");
        Strict.Only(asked, ["type", "query", "id"], []);
        if (asked["type"] is not ("image" or "preview"))
            throw RefusedException.BadRequest("type must be image or preview");
        if (asked["query"] != "url")
            throw RefusedException.NotImplemented("a picture but by its URL");
        if (!Jid.TryParse(iq["target"], out var target) || target.Account != target)
            throw RefusedException.BadRequest("target must be an account or a group");
        var picture = target.IsGroup
            ? MemberOf(device, target, Unauthorized).Picture
            : Shown(device, server.Directory.Find(target));
        if (picture is null)
            throw RefusedException.NotFound("no picture");
        if (asked["id"] == picture.Id)
            return new("picture") { ["status"] = "304" };
        var owner = target.IsGroup ? target.User : server.Directory.Find(target)!.Number;
        var scheme = server.Options.TlsCert is null ? "http" : "https";
        var direct = $"{Path}{owner}/{picture.Id}";
        return new("picture")
        {
            ["id"] = picture.Id,
            ["type"] = asked["type"],
            ["url"] = $"{scheme}://{device.Connection?.Host ?? "localhost"}{direct}",
            ["direct_path"] = direct,
        };
    }

    private static Picture? Shown(Device device, Phone? phone) =>
        phone is null || Profiles.Shows(phone, "profile", device.Phone)
            ? phone?.Picture
            : throw new RefusedException(Unauthorized, "not-authorized: it is not shown");

    private BinaryNode Set(Device device, BinaryNode iq)
    {
        var picture = iq.FirstChild is null
            ? null
            : Picture.Of(Jpeg(Strict.Child(iq, "set", "picture")));
        if (iq["target"] is null)
            Change(device.Phone, device, picture);
        else
            ChangeGroup(device, iq["target"]!, picture);
        return picture is null
            ? Stanzas.Result(iq)
            : Stanzas.Result(iq, new BinaryNode("picture") { ["id"] = picture.Id });
    }

    private static byte[] Jpeg(BinaryNode picture)
    {
        Strict.Only(picture, ["type"], []);
        if (picture["type"] != "image")
            throw RefusedException.NotImplemented($"a picture of type {picture["type"]}");
        return picture.Bytes.Length <= MostBytes && JpegHead.TryRead(picture.Bytes, out _, out _)
            ? picture.Bytes
            : throw RefusedException.NotAcceptable("the picture is no JPEG, or too large");
    }

    private void ChangeGroup(Device device, string target, Picture? picture)
    {
        if (!Jid.TryParse(target, out var jid) || !jid.IsGroup)
            throw RefusedException.BadRequest("target must be a group; the own account's has none");
        Group changed;
        lock (server.Groups.Gate)
        {
            var group = MemberOf(device, jid, Forbidden);
            if (group.Locked && group.Find(device.Phone.Number) is not { IsAdmin: true })
                throw new RefusedException(Forbidden, "forbidden: not an admin");
            changed = group with { Picture = picture };
            server.Groups.Put(changed);
        }
        var author = changed.AddressOf(device.Phone.Number);
        foreach (var member in changed.Members)
        {
            if (!server.Directory.TryGet(member.Number, out var phone))
                continue;
            foreach (var receiver in phone.Devices)
                server.Notices.Send(receiver, Notification(changed.Jid, author, picture));
        }
    }

    private Group MemberOf(Device device, Jid target, int refusal)
    {
        var group = server.Groups.Find(target) ?? throw RefusedException.NotFound("no such group");
        return group.Has(device.Phone)
            ? group
            : throw new RefusedException(refusal, "not-authorized: not a member");
    }

    private Picture? PictureOf(string owner) =>
        server.Directory.TryGet(owner, out var phone)
            ? phone.Picture
            : server.Groups.Find(new Jid(owner, Jid.GroupServer))?.Picture;

    private static BinaryNode Notification(Jid of, Jid author, Picture? picture)
    {
        var change = new BinaryNode(picture is null ? "delete" : "set")
        {
            ["jid"] = of.ToString(),
            ["id"] = picture?.Id,
            ["author"] = author.ToString(),
        };
        return new("notification")
        {
            ["from"] = of.ToString(),
            ["type"] = "picture",
            Children = [change],
        };
    }
}
