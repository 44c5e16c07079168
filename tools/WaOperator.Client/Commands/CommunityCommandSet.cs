using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>Communities.</summary>
internal sealed class CommunityCommandSet(CommunityCommands communities)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["community"] = async (a, ct) =>
            GroupCommands.Result(
                await communities.CreateAsync(
                    new(a.Text("subject")) { Description = a.OptionalText("description") ?? "" },
                    ct
                )
            );
        commands["community-group"] = async (a, ct) =>
            GroupCommands.Result(
                await communities.CreateGroupAsync(
                    a.Address("community"),
                    a.Text("subject"),
                    a.Addresses("members"),
                    ct
                )
            );
        commands["community-link"] = async (a, ct) =>
        {
            await communities.LinkAsync(a.Address("community"), a.Address("group"), ct);
            return [];
        };
        commands["community-unlink"] = async (a, ct) =>
        {
            await communities.UnlinkAsync(a.Address("community"), a.Address("group"), ct);
            return [];
        };
        commands["community-groups"] = async (a, ct) =>
            new()
            {
                ["groups"] = new JsonArray([
                    .. (await communities.ListGroupsAsync(a.Address("community"), ct)).Select(g =>
                        (JsonNode)
                            new JsonObject { ["id"] = g.Jid.ToString(), ["subject"] = g.Subject }
                    ),
                ]),
            };
        commands["community-leave"] = async (a, ct) =>
        {
            await communities.LeaveAsync(a.Address("community"), ct);
            return [];
        };
    }
}
