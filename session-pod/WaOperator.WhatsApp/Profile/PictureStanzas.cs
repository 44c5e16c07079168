using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Profile;

/// <summary>Pictures of accounts and groups (xmlns w:profile:picture, as whatsmeow and Baileys ask for them). Pure.</summary>
internal static class PictureStanzas
{
    private const string Namespace = "w:profile:picture";

    /// <summary>No picture, and the one that the asker knows already: the server says so in place of one.</summary>
    private static readonly string[] NoPicture = ["204", "304"];

    /// <summary>Asks where a picture is.</summary>
    public static BinaryNode Get(Jid of, bool preview)
    {
        var query = Stanzas.Iq(
            "get",
            Namespace,
            new BinaryNode("picture")
            {
                ["type"] = preview ? "preview" : "image",
                ["query"] = "url",
            }
        );
        query["target"] = of.Account.ToString();
        return query;
    }

    /// <summary>Sets a picture.</summary>
    /// <param name="group">Of a group; null: the account's own, for which no target is named.</param>
    /// <param name="jpeg">The picture.</param>
    public static BinaryNode Set(Jid? group, byte[] jpeg) =>
        Change(group, new BinaryNode("picture") { ["type"] = "image", Bytes = jpeg });

    /// <summary>Takes a picture away: a change without one.</summary>
    public static BinaryNode Remove(Jid? group) => Change(group);

    /// <summary>Reads where a picture is; null: there is none.</summary>
    public static ProfilePicture? Read(BinaryNode answer) =>
        answer.Child("picture") is { } picture
        && !NoPicture.Contains(picture["status"])
        && picture["id"] is { Length: > 0 } id
        && picture["url"] is { Length: > 0 } url
            ? new(id, url, picture["type"] == "preview")
            : null;

    private static BinaryNode Change(Jid? group, params BinaryNode[] children)
    {
        var query = Stanzas.Iq("set", Namespace, children);
        query["target"] = group?.ToString();
        return query;
    }
}
