using System.Diagnostics;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A declared session and its phone.</summary>
internal sealed class TestSession(PodWorld world, SessionRow row, long id)
{
    private SessionRow _row = row;

    public long Id => id;

    public string Name => _row.Name;

    public string Phone => _row.Phone;

    public long Tenant => _row.TenantId;

    public Task PlaceAsync(int? ordinal) =>
        world.Desired.PlaceAsync([
            new PlacementChange(id, ordinal is { } o ? PodWorld.Shard(o) : null, "Hashed"),
        ]);

    /// <summary>Changes what is desired.</summary>
    public async Task WantAsync(Func<SessionRow, SessionRow> change)
    {
        _row = change(_row);
        await world.Desired.PutSessionsAsync([_row]);
    }

    /// <summary>The reported state, null before the first.</summary>
    public async Task<SessionState?> StateAsync() =>
        (await new SessionStateReader(world.Admin).ReadAsync([id])).SingleOrDefault();

    /// <summary>Waits until the session reports a phase.</summary>
    public Task<SessionState> PhaseAsync(
        SessionPhase phase,
        Func<SessionState, bool>? and = null
    ) =>
        Eventually.Get(
            $"session {id} is {phase}",
            async () =>
            {
                var state = await StateAsync();
                return state is not null && state.Phase == phase && (and?.Invoke(state) ?? true)
                    ? state
                    : throw new InvalidOperationException(
                        state is null
                            ? "nothing is reported"
                            : $"it is {state.Phase} ({state.Reason}: {state.Message}) in epoch {state.Epoch} after {state.Reconnects} reconnects"
                    );
            }
        );

    /// <summary>Waits until nothing has been written of the device for a second.</summary>
    public Task QuietAsync()
    {
        var (last, since) = (-1L, Stopwatch.GetTimestamp());
        return Eventually.True(
            $"nothing is written of the device of session {id} for a second",
            async () =>
            {
                var now = (long)
                    (
                        await world.SqlAsync(
                            $"""
                            select coalesce(max(xmin::text::bigint), 0) from (
                                select xmin from wa.session_key where session_id = {id}
                                union all select xmin from wa.session_record where session_id = {id}
                                union all select xmin from wa.session_event where session_id = {id}
                                union all select xmin from wa.session_outbox where session_id = {id}) w
                            """
                        )
                    )!;
                if (now != last)
                    (last, since) = (now, Stopwatch.GetTimestamp());
                return Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(1);
            }
        );
    }

    /// <summary>How many rows of keys are stored.</summary>
    public async Task<int> KeysAsync() => (await new SessionKeys(world.Admin).ListAsync(id)).Count;

    /// <summary>The owner, null for no one.</summary>
    public async Task<ShardId?> OwnerAsync()
    {
        await using var command = world.Admin.CreateCommand(
            "select ordinal from wa.session_owner where session_id = $1"
        );
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync() is int ordinal ? PodWorld.Shard(ordinal) : null;
    }

    /// <summary>The code that is shown now, null for none.</summary>
    public async Task<string?> CodeAsync()
    {
        await using var command = world.Admin.CreateCommand(
            "select code from wa.session_pairing where session_id = $1"
        );
        command.Parameters.Add(new() { Value = id });
        return (string?)await command.ExecuteScalarAsync();
    }

    /// <summary>Waits for a code and scans it.</summary>
    public async Task ScanAsync(string? with = null) =>
        await ScanCodeAsync(await Eventually.Get($"a code of session {id}", CodeAsync), with);

    /// <summary>Scans a code that was shown.</summary>
    public async Task ScanCodeAsync(string code, string? with = null)
    {
        using var answer = await world.PostAsync(
            $"/phones/{with ?? Phone}/scan",
            new ScanRequest(code)
        );
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What the phone says of the device; null when it lists none.</summary>
    public async Task<SessionAnswer?> SeenAsync() =>
        (await world.GetAsync<SessionAnswer[]>($"/sessions?number={Phone}")).SingleOrDefault();
}
