using System.Collections.Concurrent;
using System.Globalization;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Samples.Tests.World;

/// <summary>A person with a phone who writes to a session: a WhatsApp client of this repository's library.</summary>
internal sealed class Customer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<MessageReceived> _messages = new();
    private readonly Phones _phones;
    private readonly Task _run;

    private Customer(Phones phones, string number)
    {
        (_phones, Number) = (phones, number);
        Client = new(
            new()
            {
                Store = new MemoryMessageStore(),
                Device = new() { FirstPreKeys = 40 },
                Protocol = new()
                {
                    Url = phones.Url,
                    RootKey = Convert.FromHexString(phones.RootKey),
                    TlsCaPem = File.ReadAllText(phones.AuthorityFile),
                },
            }
        );
        Client.OnQrCode((qr, _) => phones.ScanAsync(number, qr.Code));
        Client.OnMessage(
            (message, _) =>
            {
                _messages.Enqueue(message);
                return Task.CompletedTask;
            }
        );
        _run = Client.RunAsync();
    }

    /// <summary>The phone's number, digits only.</summary>
    public string Number { get; }

    /// <summary>The client, for what is not among the methods here.</summary>
    public WhatsAppClient Client { get; }

    /// <summary>All that was received, in order.</summary>
    public IReadOnlyList<MessageReceived> Messages => [.. _messages];

    /// <summary>The texts among it, in order.</summary>
    public IReadOnlyList<string> Texts =>
        [.. _messages.Select(m => m.Content.Text).OfType<string>()];

    /// <summary>Links a client to the phone of that number.</summary>
    public static async Task<Customer> ConnectedAsync(Phones phones, string number)
    {
        var one = new Customer(phones, number);
        await one.Client.ConnectedAsync().WaitAsync(Limit);
        return one;
    }

    /// <summary>Writes to a number.</summary>
    public async Task SendAsync(string to, string text) =>
        (await Client.SendTextAsync(to, text)).Succeeded.ShouldBeTrue();

    /// <summary>Waits for a text that holds another.</summary>
    /// <returns>All of it.</returns>
    public async Task<string> GotAsync(string part) =>
        (
            await GotAsync(
                $"a text with '{part}'",
                m => m.Content.Text?.Contains(part, StringComparison.Ordinal) == true
            )
        )
            .Content
            .Text!;

    /// <summary>Waits for a poll.</summary>
    public Task<MessageReceived> GotPollAsync() =>
        GotAsync("a poll", m => m.Content.Poll is not null);

    /// <summary>Waits for a message.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="isIt">Whether it is that.</param>
    public async Task<MessageReceived> GotAsync(string what, Predicate<MessageReceived> isIt)
    {
        try
        {
            return await Eventually.Get(
                $"{Number} to get {what}",
                () => Task.FromResult(_messages.FirstOrDefault(m => isIt(m))),
                Limit
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it got: {string.Join(" | ", Texts)}", e);
        }
    }

    /// <summary>Votes on a poll that was received in a chat of two; it takes the place of an earlier vote.</summary>
    public async Task VoteAsync(MessageReceived poll, params string[] options)
    {
        var chat = poll.Head.Chat;
        var me = chat.IsLid
            ? (string)(await _phones.GetAsync($"/phones/{Number}"))["lid"]!
            : string.Create(CultureInfo.InvariantCulture, $"{Number}@s.whatsapp.net");
        var vote = MessageContent.PollVote(
            new(chat, poll.Head.Id, FromMe: false),
            poll.Content.Secret!,
            Jid.Parse(me),
            options,
            TimeProvider.System.GetUtcNow()
        );
        (await Client.SendAsync(OutgoingMessage.Of(chat, vote))).Succeeded.ShouldBeTrue();
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _run;
    }
}
