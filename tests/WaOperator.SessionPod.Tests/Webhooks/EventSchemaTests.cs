using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Tests.Api;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>What the API's description says of events, against the events that there are.</summary>
public sealed class EventSchemaTests
{
    private static readonly NodeFolder Folder = new("tests/webhooks");
    private static readonly string ApiFile = Path.Combine(
        KubernetesBinaries.RepositoryRoot(),
        "gateway/WaOperator.Gateway/Description/openapi.json"
    );
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private static readonly Assignment Session = new()
    {
        Id = 0xAB,
        TenantId = 1,
        Namespace = "ns",
        Name = "s-1",
        Tenant = "acme",
        Phone = "491700000000",
        Desired = DesiredState.Active,
        PairingMethod = "QR",
        DeviceName = "x",
    };

    [Fact]
    public async Task Each_type_has_a_schema()
    {
        string[] all = [.. WebhookEvents.All, .. WebhookEvents.Passing];
        EventSchemas.Data.Keys.ShouldBe(all, ignoreOrder: true);
        JsonNode.Parse(await File.ReadAllTextAsync(ApiFile))!["webhooks"]!
            .AsObject()
            .Select(w => w.Key)
            .ShouldBe(all, ignoreOrder: true);
    }

    [Fact]
    public async Task Events_of_each_type_are_as_their_schema_says()
    {
        var events = Events()
            .Select((e, i) => (Event: e, Seq: i + 1L))
            .Where(e => e.Event is not PassingEvent && EventNames.Of(e.Event) is not null)
            .SelectMany(e =>
                new[] { WebhookFormat.Native, WebhookFormat.Thin }.Select(format =>
                    WebhookEnvelope
                        .Of(Session, e.Seq, At, EventNames.Of(e.Event)!, e.Event, format)
                        .Body
                )
            )
            .Concat(
                Events()
                    .OfType<PassingEvent>()
                    .Select(e => WebhookEnvelope.OfPassing(Session, EventNames.Of(e)!, e))
            )
            .Append(WebhookEnvelope.OfGap(Session, 1, 9, At, WebhookFormat.Native).Body)
            .ToArray();

        (await JudgeAsync(events)).ShouldBe(
            $"accepted {events.Length} of {string.Join(',', WebhookEvents.All.Concat(WebhookEvents.Passing).Order(StringComparer.Ordinal))}"
        );
    }

    [Theory]
    [InlineData("specversion", "\"2.0\"")]
    [InlineData("id", "\"1\"")]
    [InlineData("id", null)]
    [InlineData("time", "\"yesterday\"")]
    [InlineData("sequence", "7")]
    [InlineData("type", "\"message.none\"")]
    [InlineData("type", "\"group.changed\"")]
    [InlineData("data", "{}")]
    [InlineData("more", "1")]
    public async Task One_that_is_not_is_found(string field, string? value)
    {
        var e = WebhookWorld.Text("M1");
        var changed = JsonNode
            .Parse(
                WebhookEnvelope.Of(Session, 7, At, "message.received", e, WebhookFormat.Native).Body
            )!
            .AsObject();
        if (value is null)
            changed.Remove(field);
        else
            changed[field] = JsonNode.Parse(value);

        (await JudgeAsync([Encoding.UTF8.GetBytes(changed.ToJsonString())])).ShouldStartWith(
            "event 0"
        );
    }

    private static IEnumerable<SessionEvent> Events() =>
        [.. TenantEventsTests.Events(), .. EnvelopeTests.Table().Select(t => t.Event)];

    private static async Task<string> JudgeAsync(IReadOnlyList<byte[]> bodies)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(
                    bodies.Select(b => new { body = Encoding.UTF8.GetString(b) })
                )
            );
            await Folder.InstallAsync();
            return (await Folder.RunAsync("node", "schemas.mjs", ApiFile, file)).Trim();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
