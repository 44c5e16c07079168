using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.Streams;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Consumers;

/// <summary>A page of events as a consumer gets it.</summary>
internal sealed record Page(IReadOnlyList<(long Session, long Seq)> Numbers, string Cursor);

/// <summary>A gateway before pods whose sessions have journals in the database, too: what is acknowledged is checked there.</summary>
internal sealed class ConsumerScene(StreamScene streams) : IAsyncDisposable
{
    public StreamScene Streams => streams;

    public GatewayWorld World => streams.World;

    public Tenant Tenant => streams.Tenant;

    public IReadOnlyList<FakeSession> Sessions => streams.Sessions;

    public static async Task<ConsumerScene> StartAsync(
        int pods = 1,
        int sessions = 1,
        Func<GatewayOptions, GatewayOptions>? change = null
    ) => new(await StreamScene.StartAsync(pods, sessions, change));

    /// <summary>Something happens to a session.</summary>
    public async Task AddAsync(FakeSession session, int events = 1)
    {
        var last = streams.Journals.LastOf(session);
        await World.SqlAsync(
            $"""
            insert into wa.session_event (session_id, seq, key_version, type, ciphertext)
            select {session.Id}, n, 1, 'message', '' from generate_series({last + 1}, {last
                + events}) n
            """
        );
        streams.Journals.Add(session, events);
    }

    /// <summary>Makes a consumer from the earliest event on.</summary>
    public async Task MakeAsync(
        string name = "crm",
        string body = """{"startFrom":"earliest"}"""
    ) => (await PutAsync(name, body)).Status.ShouldBe(201);

    public Task<Answer> PutAsync(string name, string body, Tenant? by = null) =>
        (by ?? Tenant).AskAsync(
            new(HttpMethod.Put, $"/v1/consumers/{name}")
            {
                Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            }
        );

    /// <summary>Fetches.</summary>
    public async Task<Page> NextAsync(
        string query = "?waitSeconds=20",
        string name = "crm",
        Tenant? by = null
    )
    {
        var answer = await (by ?? Tenant).PostAsync($"/v1/consumers/{name}/next{query}", "");
        answer.Status.ShouldBe(200, answer.Body?.ToJsonString());
        return PageOf(answer);
    }

    public static Page PageOf(Answer answer) =>
        new(
            [.. answer.Body!["events"]!.AsArray().Select(e => Number((string)e!["id"]!))],
            (string)answer.Body["cursor"]!
        );

    /// <summary>Acknowledges.</summary>
    public Task<Answer> AckAsync(string cursor, string name = "crm", Tenant? by = null) =>
        (by ?? Tenant).PostAsync(
            $"/v1/consumers/{name}/ack",
            new JsonObject { ["cursor"] = cursor }.ToJsonString()
        );

    private static (long, long) Number(string id) =>
        id.Split('_') is [_, var session, var seq]
            ? (Convert.ToInt64(session, 16), long.Parse(seq, CultureInfo.InvariantCulture))
            : throw new FormatException(id);

    public ValueTask DisposeAsync() => streams.DisposeAsync();
}
