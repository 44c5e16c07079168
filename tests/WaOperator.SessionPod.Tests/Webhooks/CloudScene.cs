using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.SessionPod.Polls;
using WaOperator.SessionPod.Webhooks;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>A session and people for tests of the Cloud API's format, and what is looked at of a post.</summary>
internal static class CloudScene
{
    public const string Own = "4930123456";
    public static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_796_000_009);
    public static readonly Jid Ana = new("4915112345678", Jid.PhoneServer);
    public static readonly Jid AnaLid = new("100000000000001", Jid.LidServer);
    public static readonly Jid Group = new("120363000000000001", Jid.GroupServer);

    public static readonly Assignment Session = new()
    {
        Id = 0xAB,
        TenantId = 1001,
        Namespace = "ns",
        Name = "s-1",
        Tenant = "acme",
        Phone = Own,
        Desired = DesiredState.Active,
        PairingMethod = "QR",
        DeviceName = "x",
    };

    public static MessageHead Head() =>
        new()
        {
            Id = "3A1",
            Chat = Ana,
            ChatOther = AnaLid,
            Sender = Ana with { Device = 4 },
            SenderOther = AnaLid,
            Timestamp = 1_796_000_000,
            PushName = "Ana",
        };

    public static JsonNode Value(SessionEvent e, SentPoll? poll = null) =>
        Change(CloudPosts.Of(Session, 7, At, e, poll).Single())["value"]!;

    public static JsonNode Change(WebhookPost post)
    {
        var entry = JsonNode.Parse(post.Body)!["entry"]!.AsArray().Single()!;
        return entry["changes"]!.AsArray().Single()!;
    }

    public static string Wamid(string id) => CloudIds.ToCloud(id);

    public static void ShouldBe(JsonNode node, string told) =>
        JsonNode
            .DeepEquals(node, JsonNode.Parse(told))
            .ShouldBeTrue($"{node.ToJsonString()} is not {told}");
}
