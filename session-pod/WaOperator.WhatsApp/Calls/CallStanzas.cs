using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Calls;

/// <summary>
/// Calls as the server tells them: a <c>call</c> stanza with one child, which says what becomes of the call. Learned from the public
/// clients whatsmeow and Baileys. Pure.
/// </summary>
internal static class CallStanzas
{
    /// <summary>Ids are 32 characters; longer ones than this are not kept.</summary>
    public const int MaxId = 128;

    private const int MaxReason = 64;

    /// <summary>Reads a <see cref="CallOffered"/> or a <see cref="CallEnded"/>; null: it is neither, or does not name the call and its caller.</summary>
    public static SessionEvent? Read(BinaryNode stanza)
    {
        if (
            stanza.FirstChild is not { } what
            || what["call-id"] is not { Length: > 0 and <= MaxId } id
            || Caller(stanza, what) is not { } from
        )
            return null;
        var group = Account(what["group-jid"]) is { IsGroup: true } named ? named : (Jid?)null;
        var seconds = Seconds(stanza["t"]);
        var offline = stanza["offline"] is not null;
        return what.Tag switch
        {
            "offer" or "offer_notice" => new CallOffered
            {
                Id = id,
                From = from,
                FromOther = Other(stanza, what, from),
                Group = group,
                Video = what.Child("video") is not null || what["media"] == "video",
                Timestamp = seconds,
                Offline = offline,
            },
            "terminate" or "reject" => new CallEnded
            {
                Id = id,
                From = from,
                FromOther = Other(stanza, what, from),
                Group = group,
                Reason =
                    what.Tag == "reject" ? CallEnded.Rejected
                    : what["reason"] is { Length: > 0 and <= MaxReason } reason ? reason
                    : null,
                Timestamp = seconds,
                Offline = offline,
            },
            _ => null,
        };
    }

    /// <summary>Rejects a call.</summary>
    /// <param name="id">The stanza's id.</param>
    /// <param name="me">The own account by phone number, also where the caller is known by LID.</param>
    /// <param name="call">Which.</param>
    public static BinaryNode Reject(string id, Jid me, CallOffered call) =>
        new("call")
        {
            ["id"] = id,
            ["from"] = me.Account.ToString(),
            ["to"] = call.From.ToString(),
            Children =
            [
                new BinaryNode("reject")
                {
                    ["call-id"] = call.Id,
                    ["call-creator"] = call.From.ToString(),
                    ["count"] = "0",
                },
            ],
        };

    /// <summary>Who calls: the stanza itself may come from a group, or from the device that ended the call.</summary>
    private static Jid? Caller(BinaryNode stanza, BinaryNode what) =>
        Account(what["call-creator"]) is { IsGroup: false } creator ? creator
        : Account(stanza["from"]) is { IsGroup: false } from ? from
        : null;

    private static Jid? Other(BinaryNode stanza, BinaryNode what, Jid from)
    {
        foreach (var text in (string?[])[what["caller_pn"], what["caller_lid"], stanza["from"]])
            if (
                Account(text) is { } jid
                && (from.IsLid ? jid.IsPhone : from.IsPhone && jid.IsLid)
                // The end of a call comes from the one that ended it.
                && (text != stanza["from"] || what.Tag is "offer" or "offer_notice")
            )
                return jid;
        return null;
    }

    private static Jid? Account(string? text) =>
        Jid.TryParse(text, out var jid) && jid.User is { Length: > 0 } ? jid.Account : null;

    private static long Seconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 0;
}
