using System.Net.Http.Json;
using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Dev;

/// <summary>The simulator's phone of the session: scans its code, unless it is paired.</summary>
internal static class Phone
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Scans whatever code the session shows until the session is connected.</summary>
    /// <exception cref="TimeoutException">It did not connect in a minute; says what it reported last.</exception>
    public static async Task ConnectAsync(NpgsqlDataSource database, DevSettings settings)
    {
        using var simulator = new HttpClient { BaseAddress = settings.Simulator };
        var observed = new ObservedStore(database);
        SessionState? state = null;
        try
        {
            await Eventually.True(
                "the session is Connected",
                async () =>
                {
                    var seen = await observed.ReadChangesAsync(ObservedStore.Beginning);
                    state = seen.Sessions.SingleOrDefault()?.State;
                    if (state is { Phase: SessionPhase.Connected })
                        return true;
                    if (seen.Pairings.SingleOrDefault()?.Code is { } code)
                        await ScanAsync(simulator, settings.Phone, code);
                    return false;
                },
                Limit
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"the session did not connect within {Limit.TotalSeconds:0} s; "
                    + (
                        state is null
                            ? "the pod reported nothing of it"
                            : $"it is {state.Phase}: {state.Message}"
                    ),
                e
            );
        }
    }

    /// <summary>A code that another has replaced in the meantime is refused; the next look scans the new one.</summary>
    private static async Task ScanAsync(HttpClient simulator, string phone, PairingCode code)
    {
        using var answer = await simulator.PostAsJsonAsync(
            $"/phones/{phone}/scan",
            new { qr = code.Code }
        );
    }
}
