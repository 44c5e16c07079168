using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>The phone of a session's account.</summary>
internal sealed class Phone(RoomWorld rooms, TestSession session) : IDisposable
{
    private readonly HttpClient _control = new() { BaseAddress = rooms.World.Simulator.Control };

    /// <summary>It owns the account's state from now on, and shares its keys.</summary>
    public async Task OwnStateAsync()
    {
        using var answer = await _control.PutAsJsonAsync(
            $"/phones/{session.Phone}",
            new { appState = true }
        );
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What it shows.</summary>
    public async Task<JsonNode> StateAsync() =>
        (await _control.GetFromJsonAsync<JsonNode>($"/phones/{session.Phone}/state"))!;

    /// <summary>How it shows the chat with another account.</summary>
    public async Task<JsonNode> ChatAsync(TestSession other) =>
        (await StateAsync())["chats"]![Address(other)]!;

    /// <summary>Its user does something.</summary>
    public async Task ChangeAsync(params object[] changes)
    {
        using var answer = await _control.PostAsJsonAsync(
            $"/phones/{session.Phone}/state/changes",
            new { changes }
        );
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => _control.Dispose();

    /// <summary>An account as a phone addresses it.</summary>
    public static string Address(TestSession session) => $"{session.Phone}@s.whatsapp.net";
}
