using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Client;

/// <summary>The entry type without a server.</summary>
public sealed class WhatsAppClientTests
{
    [Fact]
    public async Task A_client_that_never_ran_and_is_disposed_leaves_none_waiting()
    {
        var client = new WhatsAppClient(new() { Store = new MemoryMessageStore() });
        var connected = client.ConnectedAsync();
        var sent = client.SendTextAsync("491511111111", "Hello");
        connected.IsCompleted.ShouldBeFalse();
        await client.DisposeAsync();
        await client.DisposeAsync();

        var most = TimeSpan.FromSeconds(30);
        await Should.ThrowAsync<OperationCanceledException>(() => connected.WaitAsync(most));
        await Should.ThrowAsync<OperationCanceledException>(() => sent.WaitAsync(most));
        await Should.ThrowAsync<OperationCanceledException>(() =>
            client.ConnectedAsync().WaitAsync(most)
        );
        await Should.ThrowAsync<ObjectDisposedException>(() => client.RunAsync());
    }
}
