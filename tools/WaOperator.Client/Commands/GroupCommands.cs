using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>Groups.</summary>
internal sealed class GroupCommands(WhatsAppDevice client)
{
    private delegate Task<IReadOnlyList<MemberChange>> Change(
        Jid group,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    );

    public void AddTo(Dictionary<string, Command> commands)
    {
        var groups = client.Groups;
        commands["group"] = async (a, ct) =>
            Result(await groups.CreateAsync(a.Text("subject"), a.Addresses("members"), ct));
        commands["group-info"] = async (a, ct) =>
            Result(await groups.GetAsync(a.Address("group"), ct));
        commands["groups"] = async (_, ct) =>
            new()
            {
                ["groups"] = new JsonArray([
                    .. (await groups.ListAsync(ct)).Select(group => (JsonNode)Describe(group)),
                ]),
            };
        commands["group-add"] = Members(groups.AddAsync);
        commands["group-remove"] = Members(groups.RemoveAsync);
        commands["group-promote"] = Members(groups.PromoteAsync);
        commands["group-demote"] = Members(groups.DemoteAsync);
        commands["group-subject"] = async (a, ct) =>
        {
            await groups.SetSubjectAsync(a.Address("group"), a.Text("subject"), ct);
            return [];
        };
        commands["group-invite"] = async (a, ct) =>
            new()
            {
                ["code"] = a.Flag("revoke")
                    ? await groups.RevokeInviteAsync(a.Address("group"), ct)
                    : await groups.GetInviteAsync(a.Address("group"), ct),
            };
        commands["group-join"] = async (a, ct) =>
            new() { ["group"] = (await groups.JoinAsync(a.Text("code"), ct))?.ToString() };
        commands["group-leave"] = async (a, ct) =>
        {
            await groups.LeaveAsync(a.Address("group"), ct);
            return [];
        };
    }

    private static Command Members(Change change) =>
        async (a, ct) =>
            new()
            {
                ["results"] = new JsonArray([
                    .. (await change(a.Address("group"), a.Addresses("members"), ct)).Select(r =>
                        (JsonNode)new JsonObject { ["jid"] = r.Jid.ToString(), ["error"] = r.Error }
                    ),
                ]),
            };

    /// <summary>A group as a command gives it back.</summary>
    public static JsonObject Result(GroupInfo group) => new() { ["group"] = Describe(group) };

    private static JsonObject Describe(GroupInfo group) =>
        new()
        {
            ["id"] = group.Jid.ToString(),
            ["subject"] = group.Subject,
            ["description"] = group.Description,
            ["addressing"] = group.ByLid ? "lid" : "pn",
            ["community"] = group.Community?.ToString(),
            ["creator"] = group.Creator?.ToString(),
            ["created"] = group.Created?.ToUnixTimeSeconds(),
            ["announcement"] = group.IsAnnouncement,
            ["locked"] = group.IsLocked,
            ["members"] = new JsonArray([
                .. group.Members.Select(m =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["jid"] = m.Jid.ToString(),
                            ["phone"] = m.Phone?.ToString(),
                            ["lid"] = m.Lid?.ToString(),
                            ["role"] = m.Role.ToString().ToLowerInvariant(),
                        }
                ),
            ]),
        };
}
