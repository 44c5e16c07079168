namespace WaOperator.Store.Tests;

public sealed class CommitsTests
{
    [Fact]
    public async Task Whatever_a_connection_throws_that_was_broken_meanwhile_the_outcome_is_unknown()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var connection = await world.Pod.OpenConnectionAsync();
        using var given = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() =>
            Commits.RunAsync<int>(
                connection,
                async () =>
                {
                    await given.CancelAsync();
                    // Npgsql itself fails with a NullReferenceException in the middle of a write.
                    throw new InvalidOperationException();
                },
                given.Token
            )
        );
    }

    [Fact]
    public async Task A_fault_on_a_connection_that_is_sound_stays_what_it_is()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var connection = await world.Pod.OpenConnectionAsync();

        Should.Throw<InvalidOperationException>(() =>
            Commits.Run<int>(connection, () => throw new InvalidOperationException())
        );
    }
}
