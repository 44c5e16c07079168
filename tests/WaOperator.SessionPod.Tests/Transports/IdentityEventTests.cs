using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Transports;

/// <summary>A contact that installs WhatsApp again, from the simulator's phone to the tenant's stream of events.</summary>
public sealed class IdentityEventTests
{
    private const string Contact = "4917199990001";

    [Fact]
    public async Task Another_identity_of_a_contact_is_told_once_with_both_fingerprints()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        using var api = new ApiClient(pod.Api);
        var session = await world.PairedAsync(0);
        using var made = await world.PutAsync(
            $"/phones/{Contact}",
            new PhoneRequest(null, null, null, null, null, null)
        );
        made.EnsureSuccessStatusCode();
        await TextAsync("one");
        var old = Fingerprint();

        using var again = await world.PostAsync($"/phones/{Contact}/reinstall", new { });
        again.EnsureSuccessStatusCode();
        await Eventually.True(
            "the notice to be acknowledged",
            async () => await session.SeenAsync() is { Waiting: 0 }
        );
        (await ChangesAsync()).ShouldBeEmpty("the new key is not known yet");
        await TextAsync("two");
        await TextAsync("three");

        Fingerprint().ShouldNotBe(old);
        var change = (await ChangesAsync()).ShouldHaveSingleItem();
        (change.OldFingerprint, change.NewFingerprint).ShouldBe((old, Fingerprint()));
        using var stream = await api.FollowAsync(session.Name, after: 0);
        var told = (await stream.NextAsync("identity")).Data;
        string?[] texts =
        [
            Text(told, "pn"),
            Text(told, "device"),
            Text(told, "oldFingerprint"),
            Text(told, "newFingerprint"),
        ];
        texts.ShouldBe([$"{Contact}@s.whatsapp.net", change.Device.ToString(), old, Fingerprint()]);

        async Task TextAsync(string text) =>
            await api.StateAsync(
                session.Name,
                await api.TextAsync(session.Name, Contact, text),
                "Acked"
            );

        async Task<IReadOnlyList<IdentityChanged>> ChangesAsync() =>
            [.. (await world.JournalAsync(session)).Select(e => e.Event).OfType<IdentityChanged>()];

        string Fingerprint() =>
            world.Simulator.Server.Directory.TryGet(Contact, out var phone)
                ? Convert.ToHexStringLower(SHA256.HashData([5, .. phone.Identity.Public]))
                : throw new InvalidOperationException($"there is no phone {Contact}");
    }

    private static string? Text(JsonNode data, string name) =>
        (string?)(data["identity"] ?? data)[name];
}
