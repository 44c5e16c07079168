using System.Globalization;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Webhooks;

/// <summary>Two shards with a session each, of tenants with a webhook each.</summary>
internal sealed class WebhookScene : IAsyncDisposable
{
    public required RoleScene Roles { get; init; }

    public required long Mine { get; init; }

    public required long Theirs { get; init; }

    public required OwnedSession MySession { get; init; }

    public required OwnedSession TheirSession { get; init; }

    public static async Task<WebhookScene> CreateAsync()
    {
        var roles = await RoleScene.CreateAsync();
        await roles.AsOperatorAsync(
            """
            insert into wa.box_key (public_key, private_box) values (decode(repeat('00', 32), 'hex'), '');
            insert into wa.webhook (tenant_id, namespace, name, uid, generation, settings, box_key, secrets, secrets_tag)
            select t.id, 'ns', t.name, t.name, 1, '{"url":"https://example.com/"}', k.id, '', '' from wa.tenant t, wa.box_key k
            """
        );
        return new()
        {
            Roles = roles,
            Mine = await HookAsync("mine"),
            Theirs = await HookAsync("theirs"),
            MySession = await SessionAsync("<>"),
            TheirSession = await SessionAsync("="),
        };

        async Task<long> HookAsync(string name) =>
            Number(await ReadAsync(roles, $"select id from wa.webhook where name = '{name}'"));

        async Task<OwnedSession> SessionAsync(string isTheirs)
        {
            var which = $"from wa.session_owner where session_id {isTheirs} {roles.Theirs}";
            return new(
                Number(await ReadAsync(roles, $"select session_id {which}")),
                Number(await ReadAsync(roles, $"select epoch {which}"))
            );
        }
    }

    /// <summary>Runs a statement as superuser.</summary>
    public Task<object?> SqlAsync(string sql) => ReadAsync(Roles, sql);

    private static async Task<object?> ReadAsync(RoleScene roles, string sql)
    {
        await using var command = roles.World.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static long Number(object? found) =>
        Convert.ToInt64(found, CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => Roles.DisposeAsync();
}
