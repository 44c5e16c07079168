using System.Text.Json.Nodes;

namespace WaOperator.Interop.Rows;

/// <summary>Communities: groups that hold groups.</summary>
internal static class Communities
{
    /// <summary>The row's name.</summary>
    public const string Name = "communities";

    /// <summary>One side makes a community with two groups, in which the other reads; then a group is let out and the other leaves.</summary>
    public static async Task FilledAndLeft(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        await server.PutAsync($"/phones/{from.Number}", new { groupsBy = "lid" });
        var community = Id(
            await from.First.RunAsync(
                "community",
                new { subject = "Plants", description = "All who grow them" }
            )
        );
        var roses = Id(
            await from.First.RunAsync(
                "community-group",
                new
                {
                    community,
                    subject = "Roses",
                    members = new[] { to.Jid },
                }
            )
        );
        var ferns = Id(
            await from.First.RunAsync(
                "group",
                new { subject = "Ferns", members = new[] { to.Jid } }
            )
        );
        Expect.Equal(null, await ParentAsync(ferns), "the community of a group by itself");
        await from.First.RunAsync("community-link", new { community, group = ferns });

        var groups = (await from.First.RunAsync("community-groups", new { community }))["groups"]!
            .AsArray()
            .Select(g => (string?)g!["id"])
            .ToList();
        foreach (var group in new[] { roses, ferns })
        {
            Expect.True(
                groups.Contains(group),
                $"{group} in the community",
                string.Join(' ', groups)
            );
            Expect.Equal(community, await ParentAsync(group), "the group's community");
            var id = await from.First.TextAsync(group, "Who waters them?");
            foreach (var reader in new[] { to.First, to.Second, from.Second })
                await reader.MessageAsync(id, "the text in a group of the community");
            var answer = await to.First.TextAsync(group, "I do");
            await from.First.MessageAsync(answer, "the answer in a group of the community");
        }

        await from.First.RunAsync("community-unlink", new { community, group = ferns });
        Expect.Equal(null, await ParentAsync(ferns), "the community of a group that was let out");
        await to.First.RunAsync("community-leave", new { community });
        foreach (var (group, stays) in new[] { (roses, false), (ferns, true) })
        {
            var left = (await from.First.RunAsync("group-info", new { group }))["group"]!;
            Expect.Equal(stays ? 2 : 1, left["participants"]!.AsArray().Count, "members");
        }

        async Task<string?> ParentAsync(string group) =>
            (string?)
                (await to.First.RunAsync("group-info", new { group }))["group"]!["linkedParent"];
    }

    private static string Id(JsonObject made) => (string)made["group"]!["id"]!;
}
