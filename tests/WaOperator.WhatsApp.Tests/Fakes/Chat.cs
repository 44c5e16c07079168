using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>A device with its store and a server that knows its peers, gives their keys and takes its messages.</summary>
internal sealed class Chat : IAsyncDisposable
{
    public const string Me = "4915112345678";
    public const string MyLid = "99999";
    public const string Bob = "4917011111111";
    public const string BobLid = "77777";

    private readonly WhatsAppRuntime _runtime;
    private Task<Disconnect>? _run;

    public Chat(TimeSpan gather = default, TimeSpan? queryTimeout = null)
    {
        Server = new FakeServer(Time.GetUtcNow()) { Answer = Answer, React = ReactAsync };
        _runtime = new(
            new()
            {
                RootKey = Server.Root.Public,
                SilenceLimit = TimeSpan.FromHours(1),
                Gather = gather,
                QueryTimeout = queryTimeout ?? new WhatsAppOptions().QueryTimeout,
            },
            Time,
            Server
        );
        Store.Credentials = DeviceCredentials.Create() with
        {
            Me = new(Me, Jid.PhoneServer, 3),
            Lid = new(MyLid, Jid.LidServer, 3),
            Account = new([1], new byte[32], new byte[64], new byte[64]),
        };
    }

    public FakeTime Time { get; } = new();

    public FakeServer Server { get; }

    public WhatsAppRuntime Runtime => _runtime;

    public MemoryMessageStore Store { get; } = new();

    public TestGate Gate { get; } = new();

    public DeviceOptions Device { get; set; } = new() { FirstPreKeys = 30 };

    public WhatsAppDevice Client { get; private set; } = null!;

    public ConcurrentQueue<ClientEvent> Events { get; } = new();

    /// <summary>The devices that the server knows.</summary>
    public List<FakePeer> Peers { get; } = [FakePeer.Of(Bob, BobLid)];

    public FakePeer First => Peers[0];

    /// <summary>Groups and their members' numbers.</summary>
    public Dictionary<Jid, List<string>> Groups { get; } = [];

    /// <summary>Those of the groups that are communities.</summary>
    public HashSet<Jid> Communities { get; } = [];

    /// <summary>Whether the server acknowledges messages, and with which error.</summary>
    public Func<BinaryNode, (bool Answers, string? Error)> Judge { get; set; } = _ => (true, null);

    /// <summary>How many of the next questions for devices the server refuses.</summary>
    public int RefusedQuestions { get; set; }

    /// <summary>What the server gives as an account's signed list of key indexes. Default none.</summary>
    public Func<string, byte[]?> SignedList { get; set; } = _ => null;

    /// <summary>The hash of devices that the server sends with its answers.</summary>
    public string? DeviceHash { get; set; }

    public ServerLink Link => Server.Last;

    /// <summary>The messages that the server got over all connections, in order.</summary>
    public IReadOnlyList<BinaryNode> Sent =>
        [.. Server.Links.SelectMany(link => link.Received).Where(n => n.Tag == "message")];

    public IEnumerable<BinaryNode> Received(string tag) =>
        Server.Links.SelectMany(link => link.Received).Where(node => node.Tag == tag);

    public static async Task<Chat> ConnectedAsync()
    {
        var chat = new Chat();
        await chat.ConnectAsync();
        return chat;
    }

    public async Task ConnectAsync()
    {
        Start();
        await EventAsync<Connected>();
    }

    public void Start()
    {
        Events.Clear();
        Client = new(_runtime, Device, Store, Gate, null, Store);
        _run = Client.RunAsync(
            raised =>
            {
                Events.Enqueue(raised);
                return ValueTask.CompletedTask;
            },
            default
        );
    }

    /// <summary>The server cuts the connection.</summary>
    public async Task CutAsync()
    {
        await Link.CloseAsync();
        await EndAsync();
    }

    public Task<Disconnect> EndAsync() => _run!.WaitAsync(TimeSpan.FromSeconds(30));

    public bool HasEnded => _run!.IsCompleted;

    public Task<T> EventAsync<T>()
        where T : ClientEvent =>
        Eventually.Get(
            $"the event {typeof(T).Name}",
            () =>
                HasEnded
                    ? throw new InvalidOperationException($"the connection ended: {_run!.Result}")
                    : Task.FromResult(Events.OfType<T>().FirstOrDefault())
        );

    public SendTicket Text(string text, Jid? to = null) =>
        Client.Send(OutgoingMessage.Of(to ?? First.Phone.Account, FakePeer.Text(text)));

    /// <summary>Waits for so many messages at the server.</summary>
    public async Task<IReadOnlyList<BinaryNode>> SentAsync(int count)
    {
        await Eventually.True($"{count} messages at the server", () => Sent.Count >= count);
        return Sent;
    }

    /// <summary>The ciphertext of a message for a device.</summary>
    public static BinaryNode For(BinaryNode message, Jid device) =>
        message
            .Child("participants")!
            .ChildrenWith("to")
            .Single(to => to["jid"] == device.ToString())
            .Child("enc")!;

    /// <summary>The server delivers a message of a peer.</summary>
    public Task DeliverAsync(
        FakePeer from,
        string id,
        BinaryNode[] encs,
        Action<BinaryNode>? change = null
    )
    {
        var node = new BinaryNode("message")
        {
            ["from"] = (from.Lid ?? from.Phone).ToString(),
            ["sender_pn"] = from.Lid is null ? null : from.Phone.Account.ToString(),
            ["id"] = id,
            ["t"] = "1800000001",
            ["type"] = "text",
            ["notify"] = "Bob",
            Children = encs,
        };
        change?.Invoke(node);
        return Link.SendAsync(node);
    }

    public Task<BinaryNode> ReceivedAsync(string what, Func<BinaryNode, bool> where) =>
        Eventually.Get(
            $"the server to receive {what}",
            () =>
                Task.FromResult(
                    Server.Links.SelectMany(link => link.Received).FirstOrDefault(where)
                )
        );

    public Task<BinaryNode> AckAsync(string id, int number = 1) =>
        Eventually.Get(
            $"acknowledgement {number} of {id}",
            () =>
                Task.FromResult(
                    Received("ack").Where(ack => ack["id"] == id).ElementAtOrDefault(number - 1)
                )
        );

    public IReadOnlyList<JsonNode> Entries(string type) =>
        [
            .. Store
                .Events.Where(e => e.Type == type)
                .Select(e => JsonNode.Parse(EventJson.Write(e))!),
        ];

    public IReadOnlyList<string?> Texts => [.. Entries("message").Select(m => (string?)m["text"])];

    public async ValueTask DisposeAsync()
    {
        Gate.Open();
        Store.BeforeCommit = _ => Task.CompletedTask;
        if (_run is { IsCompleted: false })
        {
            await Link.CloseAsync();
            await _run;
        }
        await Server.DisposeAsync();
        _runtime.Dispose();
    }

    private BinaryNode? Answer(BinaryNode query)
    {
        if (query["xmlns"] == "usync" && RefusedQuestions-- > 0)
            return Greetings.Refusal(query, 503);
        if (query["xmlns"] == "usync")
            return Greetings.Result(
                query,
                new BinaryNode("usync")
                {
                    Children =
                    [
                        new BinaryNode("list")
                        {
                            Children =
                            [
                                .. query.Child("usync")!.Child("list")!.Children.Select(User),
                            ],
                        },
                    ],
                }
            );
        if (query["xmlns"] == "encrypt" && query.Child("key") is { } key)
            return Greetings.Result(
                query,
                new BinaryNode("list") { Children = [.. key.Children.Select(KeysOf)] }
            );
        if (query["xmlns"] == "w:g2" && Jid.TryParse(query["to"], out var group))
            return Groups.TryGetValue(group, out var members)
                ? Greetings.Result(query, Describe(group, members))
                : Greetings.Refusal(query, 404);
        return Greetings.Answer(query);
    }

    private async Task ReactAsync(ServerLink link, BinaryNode node)
    {
        if (node.Tag != "message" || Judge(node) is not (true, var error))
            return;
        await link.SendAsync(
            new BinaryNode("ack")
            {
                ["class"] = "message",
                ["id"] = node["id"],
                ["from"] = node["to"],
                ["t"] = "1800000002",
                ["error"] = error,
                ["phash"] = DeviceHash,
            }
        );
    }

    private BinaryNode User(BinaryNode asked)
    {
        var jid = asked["jid"]!;
        var devices = Peers
            .Where(p => p.Phone.Account.ToString() == jid || p.Lid?.Account.ToString() == jid)
            .ToList();
        var mine = jid.StartsWith(Me, StringComparison.Ordinal);
        return new("user")
        {
            ["jid"] = jid,
            Children =
            [
                .. devices.Count == 0 && !mine
                    ? Array.Empty<BinaryNode>()
                    :
                    [
                        new BinaryNode("devices")
                        {
                            Children =
                            [
                                new BinaryNode("device-list")
                                {
                                    Children =
                                    [
                                        .. devices.Select(p => new BinaryNode("device")
                                        {
                                            ["id"] = p.Number,
                                            ["key-index"] = p.KeyIndex,
                                        }),
                                        .. mine
                                            ?
                                            [
                                                new BinaryNode("device")
                                                {
                                                    ["id"] = "3",
                                                    ["key-index"] = "1",
                                                },
                                            ]
                                            : Array.Empty<BinaryNode>(),
                                    ],
                                },
                                .. SignedList(jid) is { } signed
                                    ? [new BinaryNode("key-index-list") { Bytes = signed }]
                                    : Array.Empty<BinaryNode>(),
                            ],
                        },
                    ],
                .. devices.FirstOrDefault()?.Lid is { } lid
                    ? [new BinaryNode("lid") { ["val"] = lid.Account.ToString() }]
                    : Array.Empty<BinaryNode>(),
            ],
        };
    }

    private BinaryNode KeysOf(BinaryNode asked)
    {
        var jid = asked["jid"]!;
        var peer = Peers.Find(p => p.Phone.ToString() == jid || p.Lid?.ToString() == jid);
        return peer?.Bundle(jid)
            ?? new BinaryNode("user")
            {
                ["jid"] = jid,
                Children = [new BinaryNode("error") { ["code"] = "404" }],
            };
    }

    private BinaryNode Describe(Jid group, List<string> members) =>
        new("group")
        {
            ["id"] = group.User,
            ["subject"] = "Trip",
            ["addressing_mode"] = "lid",
            Children =
            [
                .. Communities.Contains(group) ? [new BinaryNode("parent")] : (BinaryNode[])[],
                new BinaryNode("participant") { ["jid"] = $"{MyLid}@lid" },
                .. members
                    .Select(number => Peers.First(p => p.Phone.User == number))
                    .Select(p => new BinaryNode("participant")
                    {
                        ["jid"] = p.Lid!.Value.Account.ToString(),
                        ["phone_number"] = p.Phone.Account.ToString(),
                    }),
            ],
        };
}
