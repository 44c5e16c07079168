using System.Collections.Concurrent;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>The library's entry type as an application uses it: pairs, receives, sends, connects again, and says when that is over.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private readonly string _folder = Directory.CreateTempSubdirectory("wa-state-").FullName;
    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync()
    {
        await _simulation.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Pairs_by_a_typed_code_and_talks()
    {
        await using var anna = new Person(
            this,
            Anna,
            new() { ExpectedPhone = Anna, Pairing = PairingMethod.Code }
        );
        anna.Client.OnPhoneCode(
            (code, _) =>
                _simulation.PostedAsync($"/phones/{Anna}/enter-code", new { code = code.Code })
        );
        await using var bert = await StartedAsync(Bert);
        anna.Start();
        await anna.Client.ConnectedAsync().WaitAsync(TimeSpan.FromSeconds(30));

        var result = await anna.Client.SendTextAsync("+49 1522 222222", "Hello");
        result.Succeeded.ShouldBeTrue();
        await bert.GotAsync("Hello");
        (
            await bert.Client.SendTextAsync(bert.Messages.Single().Head.Chat, "Hi")
        ).Succeeded.ShouldBeTrue();
        await anna.GotAsync("Hi");
        await bert.Client.MarkReadAsync(bert.Messages.Single());
        await Eventually.True(
            "Anna's receipt of having been read",
            () => anna.Events.OfType<ReceiptReceived>().Any(r => r.Receipt == "read")
        );
    }

    [Fact]
    public async Task A_file_goes_and_comes()
    {
        await using var anna = await StartedAsync(Anna);
        await using var bert = await StartedAsync(Bert);
        var content = new byte[100_000];
        new Random(1).NextBytes(content);
        using var file = new MemoryStream(content);
        var result = await anna.Client.SendFileAsync(
            WhatsApp.Jid.Parse($"{Bert}@s.whatsapp.net"),
            MediaKind.Document,
            file,
            new MediaInfo { FileName = "noise.bin" }
        );
        result.Succeeded.ShouldBeTrue();
        var message = await Eventually.Get(
            "Bert's file",
            () => Task.FromResult(bert.Messages.FirstOrDefault())
        );
        using var loaded = new MemoryStream();
        await bert.Client.DownloadAsync(message, loaded);
        loaded.ToArray().ShouldBe(content);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_and_what_is_sent_meanwhile_arrives_once()
    {
        await using var anna = await StartedAsync(Anna);
        await using var bert = await StartedAsync(Bert);
        await anna.Client.SendTextAsync(Bert, "first");
        await _simulation.PostedAsync(
            "/faults/refuse",
            new
            {
                number = Anna,
                reason = 503,
                count = 2,
            }
        );
        await _simulation.PostedAsync("/faults/drop", new { number = Anna, how = "abrupt" });
        await Eventually.True(
            "Anna to notice",
            () => anna.Signs.OfType<Disconnected>().Any(d => d.RetryIn is not null)
        );
        (await anna.Client.SendTextAsync(Bert, "second")).Succeeded.ShouldBeTrue();

        await bert.GotAsync("second");
        bert.Messages.Select(m => m.Content.Text).ShouldBe(["first", "second"]);
        anna.Signs.OfType<Connected>().Count().ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task What_a_stopped_program_had_not_handled_comes_to_the_next_one()
    {
        await using var anna = await StartedAsync(Anna);
        await using (var bert = await StartedAsync(Bert, handles: false))
        {
            await anna.Client.SendTextAsync(Bert, "Are you there?");
            await Eventually.True("the message to be handled", () => bert.Reached);
            await bert.StopAsync();
        }
        await using var again = await StartedAsync(Bert);
        await again.GotAsync("Are you there?");
        again.Messages.Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_device_that_its_phone_unlinks_has_ended_for_good()
    {
        await using var anna = await StartedAsync(Anna);
        await _simulation.PostedAsync($"/phones/{Anna}/unlink", new { device = 1 });
        var ended = await Should.ThrowAsync<SessionEndedException>(() => anna.EndedAsync());
        ended.End.Kind.ShouldBe(DisconnectKind.LoggedOut);
        ended.Message.ShouldContain("pair again");
        anna.Signs.OfType<Disconnected>().Last().RetryIn.ShouldBeNull();
        (
            await Should.ThrowAsync<SessionEndedException>(() =>
                anna.Client.SendTextAsync(Bert, "too late")
            )
        ).End.Kind.ShouldBe(DisconnectKind.LoggedOut);
    }

    [Fact]
    public async Task A_banned_account_has_ended_until_the_ban_is_over()
    {
        await using (await StartedAsync(Anna)) { }
        await _simulation.PostedAsync(
            "/faults/refuse",
            new
            {
                number = Anna,
                reason = 402,
                attributes = new { code = "101", expire = "86400" },
                count = 1,
            }
        );
        await using var anna = new Person(this, Anna);
        anna.Start();
        var ended = await Should.ThrowAsync<SessionEndedException>(() => anna.EndedAsync());
        ended.End.Kind.ShouldBe(DisconnectKind.Banned);
        ended.End.RetryAfter.ShouldBe(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task Unlinks_itself_and_pairs_again_when_its_store_was_cleared()
    {
        var store = new MemoryMessageStore();
        await using (var anna = await StartedAsync(Anna, store: store))
        {
            (await anna.Client.UnlinkAsync()).ShouldBeTrue();
            (await _simulation.DevicesAsync(Anna)).ShouldBe(0);
            await Should.ThrowAsync<SessionEndedException>(() => anna.EndedAsync());
        }
        await store.ClearAsync(default);
        await using var again = await StartedAsync(Anna, store: store);
        (await _simulation.DevicesAsync(Anna)).ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_waits_for_an_answer_holds_up_neither_the_next_connection_nor_the_stop()
    {
        await using var bert = await StartedAsync(Bert);
        await using (await StartedAsync(Anna)) { }
        await _simulation.PostedAsync("/faults/delay-acks", new { milliseconds = 60_000 });
        await using var anna = new Person(this, Anna);
        var answered = new TaskCompletionSource();
        anna.Client.OnClientEvent<Connected>(
            async (_, ct) =>
            {
                await anna.Client.SendTextAsync(Bert, "I am here.", ct);
                answered.TrySetResult();
            }
        );
        anna.Start();
        await bert.GotAsync("I am here.");
        await _simulation.PostedAsync("/faults/delay-acks", new { milliseconds = 0 });
        await _simulation.PostedAsync("/faults/drop", new { number = Anna, how = "abrupt" });
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await _simulation.PostedAsync("/faults/delay-acks", new { milliseconds = 60_000 });
        await _simulation.PostedAsync("/faults/drop", new { number = Anna, how = "abrupt" });
        await Eventually.True(
            "a message whose answer does not come",
            () => bert.Messages.Count(m => m.Content.Text == "I am here.") >= 2
        );
        await anna.StopAsync();
    }

    [Fact]
    public async Task Two_programs_cannot_use_one_directory()
    {
        await using var anna = new Person(this, Anna);
        Should.Throw<IOException>(() => new Person(this, Anna)).Message.ShouldContain("uses");
    }

    private async Task<Person> StartedAsync(
        string number,
        bool handles = true,
        IWhatsAppStore? store = null
    )
    {
        var person = new Person(this, number, handles: handles, store: store);
        person.Client.OnQrCode(
            (qr, _) => _simulation.PostedAsync($"/phones/{number}/scan", new { qr = qr.Code })
        );
        person.Start();
        await person.Client.ConnectedAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return person;
    }

    /// <summary>One who runs the client in a program.</summary>
    private sealed class Person : IAsyncDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

        private readonly CancellationTokenSource _stop = new();
        private readonly string _number;
        private Task _run = Task.CompletedTask;

        public Person(
            ClientTests tests,
            string number,
            DeviceOptions? device = null,
            bool handles = true,
            IWhatsAppStore? store = null
        )
        {
            _number = number;
            var host = tests._simulation.Host;
            Client = new(
                new()
                {
                    StateDirectory = store is null ? Path.Combine(tests._folder, number) : null,
                    Store = store,
                    Device = (device ?? DeviceOptions.Default) with { FirstPreKeys = 40 },
                    Protocol = new() { Url = host.Url, RootKey = host.Server.RootPublic },
                }
            );
            Client
                .OnClientEvent<ClientEvent>(Signs.Enqueue)
                .OnEvent<SessionEvent>(
                    async (e, ct) =>
                    {
                        Reached |= e is MessageReceived;
                        if (!handles && e is MessageReceived)
                            await new TaskCompletionSource().Task.WaitAsync(ct);
                        Events.Enqueue(e);
                    }
                );
        }

        public WhatsAppClient Client { get; }

        public ConcurrentQueue<SessionEvent> Events { get; } = new();

        public ConcurrentQueue<ClientEvent> Signs { get; } = new();

        public IEnumerable<MessageReceived> Messages => Events.OfType<MessageReceived>();

        /// <summary>Whether any message came to the handler.</summary>
        public bool Reached { get; private set; }

        public void Start() => _run = Client.RunAsync(_stop.Token);

        public Task EndedAsync() => _run.WaitAsync(Limit);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await EndedAsync();
        }

        public Task GotAsync(string text) =>
            Eventually.True(
                $"{_number} to get '{text}'",
                () => Messages.Any(m => m.Content.Text == text)
            );

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
