using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using WaOperator.Api.Egress;
using WaOperator.Sealing;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Pods, sessions on a fake network, an endpoint, and webhooks as the operator writes them.</summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    private int _webhooks;

    public required PodWorld World { get; init; }

    public required WebhookReceiver Receiver { get; init; }

    public FakeNetwork Network => World.Network!;

    public static byte[] Secret { get; } = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public static async Task<WebhookWorld> StartAsync(WebhookReceiver? receiver = null) =>
        new()
        {
            World = await PodWorld.StartAsync(network: new FakeNetwork()),
            Receiver = receiver ?? await WebhookReceiver.StartAsync(),
        };

    public Task<TestPod> PodAsync(int ordinal = 0, string uid = "pod-a") =>
        World.PodAsync(ordinal, uid, Allow);

    /// <summary>A paired session and its connection.</summary>
    public async Task<(TestSession Session, FakeTransport Phone)> SessionAsync(int ordinal = 0)
    {
        var session = await World.PairedAsync(ordinal);
        return (session, await Network.ConnectionAsync(session, 2));
    }

    /// <summary>Writes a webhook as the operator does, once a pod has made a key.</summary>
    public async Task<long> WebhookAsync(
        long tenant,
        Func<WebhookSettings, WebhookSettings>? change = null,
        WebhookSecrets? secrets = null
    )
    {
        var (key, open) = await KeyAsync();
        var settings = new WebhookSettings { Url = $"{Receiver.Address}hook" };
        secrets ??= new() { Signing = [Secret] };
        var box = SealedBox.Seal(open, secrets.ToBytes());
        await using var command = World.Admin.CreateCommand(
            """
            insert into wa.webhook (tenant_id, namespace, name, uid, generation, settings, box_key, secrets, secrets_tag)
            values ($1, 'ns', $2, $2, 1, $3, $4, $5, $6) returning id
            """
        );
        foreach (
            var value in (object[])
                [
                    tenant,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"hook-{Interlocked.Increment(ref _webhooks)}"
                    ),
                ]
        )
            command.Parameters.Add(new() { Value = value });
        command.Parameters.Add(
            new()
            {
                Value = (change?.Invoke(settings) ?? settings).ToJson(),
                NpgsqlDbType = NpgsqlDbType.Jsonb,
            }
        );
        foreach (var value in (object[])[key, box, SHA256.HashData(box)])
            command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Changes a webhook's settings.</summary>
    public async Task ChangeAsync(long webhook, Func<WebhookSettings, WebhookSettings> change)
    {
        var before = WebhookSettings.FromJson(
            (string)
                (
                    await World.SqlAsync(
                        $"select settings::text from wa.webhook where id = {webhook}"
                    )
                )!
        );
        await using var command = World.Admin.CreateCommand(
            "update wa.webhook set settings = $2, generation = generation + 1 where id = $1"
        );
        command.Parameters.Add(new() { Value = webhook });
        command.Parameters.Add(
            new() { Value = change(before).ToJson(), NpgsqlDbType = NpgsqlDbType.Jsonb }
        );
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Changes a webhook's secrets.</summary>
    public async Task SecretsAsync(long webhook, WebhookSecrets secrets)
    {
        var (key, open) = await KeyAsync();
        var box = SealedBox.Seal(open, secrets.ToBytes());
        await using var command = World.Admin.CreateCommand(
            "update wa.webhook set box_key = $2, secrets = $3, secrets_tag = $4 where id = $1"
        );
        foreach (var value in (object[])[webhook, key, box, SHA256.HashData(box)])
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> NumberAsync(string sql) =>
        Convert.ToInt64(await World.SqlAsync(sql), CultureInfo.InvariantCulture);

    /// <summary>A message of a chat.</summary>
    public static SessionEvent Text(string id, int chat = 1, bool fromMe = false) =>
        new MessageReceived(
            new()
            {
                Id = id,
                Chat = Chat(chat),
                Sender = Chat(chat),
                FromMe = fromMe,
                Timestamp = 1_700_000_000,
            },
            new Message { Conversation = id }.ToByteArray()
        );

    /// <summary>A vote.</summary>
    public static SessionEvent Vote(
        string id,
        string poll,
        string[] options,
        byte[] secret,
        Jid author,
        Jid voter
    ) =>
        new MessageReceived(
            new()
            {
                Id = id,
                Chat = voter,
                Sender = voter with { Device = 2 },
                Timestamp = 1_700_000_000,
            },
            new Message
            {
                PollUpdateMessage = new()
                {
                    PollCreationMessageKey = new() { RemoteJid = author.ToString(), Id = poll },
                    Vote = PollVotes.Encrypt(options, secret, poll, author, voter),
                },
            }.ToByteArray()
        );

    public static Jid Chat(int number) =>
        Jid.Parse(
            string.Create(CultureInfo.InvariantCulture, $"49151{number:0000000}@s.whatsapp.net")
        );

    private PodOptions Allow(PodOptions options) =>
        options with
        {
            Egress = new([IPNetwork.Parse("127.0.0.0/8")], [], [Receiver.Address.Port]),
            EgressCaFile = Receiver.CaFile,
        };

    private async Task<(long Id, byte[] Public)> KeyAsync()
    {
        var id = await Eventually.Get(
            "a pod has made a key",
            async () =>
                await World.SqlAsync("select max(id) from wa.box_key") as object is long found
                    ? (object)found
                    : null
        );
        return (
            (long)id,
            (byte[])(await World.SqlAsync($"select public_key from wa.box_key where id = {id}"))!
        );
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
