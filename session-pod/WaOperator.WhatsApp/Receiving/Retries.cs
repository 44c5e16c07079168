using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.PreKeys;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>
/// Asks senders for messages that could not be decrypted: five times for a message, and of one device only so often that its bad
/// messages cost little.
/// </summary>
internal sealed class Retries(
    IStanzaLink link,
    ILifetime life,
    Vault vault,
    PreKeyKeeper preKeys,
    TimeProvider time
)
{
    private const int MaxCount = 5;
    private const int MaxRemembered = 1000;
    private const int MaxUnanswered = 64;
    private const int MaxAtOnce = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<(Jid Sender, string Id), int> _counts = [];
    private readonly Dictionary<Jid, int> _unanswered = [];

    /// <summary>A message of the device could be read.</summary>
    public void Succeeded(InboundMessage message)
    {
        lock (_lock)
        {
            if (_unanswered.Count == 0)
                return;
            _unanswered.Remove(message.Address);
            _counts.Remove((message.Address, message.Id));
        }
    }

    /// <summary>
    /// Asks for a message, if asking can help and has not been done too often. One whose key was used before is no exception: what
    /// comes twice is known by its id and never gets here, so the sender has used a key for two messages (whatsmeow does when it
    /// sends and receives at once), and the later one is lost unless it is encrypted again.
    /// </summary>
    public void Ask(InboundMessage message)
    {
        if (message.Stanza.Child("enc") is null)
            return;
        int count;
        lock (_lock)
        {
            if (_counts.Count >= MaxRemembered)
                _counts.Clear();
            if (_unanswered.Count >= MaxRemembered)
                _unanswered.Clear();
            var key = (message.Address, message.Id);
            count = _counts.GetValueOrDefault(key) + 1;
            var unanswered = _unanswered.GetValueOrDefault(message.Address) + 1;
            if (count > MaxCount || unanswered > MaxUnanswered)
                return;
            _counts[key] = count;
            _unanswered[message.Address] = unanswered;
        }
        life.Run(() => AskAsync(message, count));
    }

    /// <summary>
    /// How long the request waits. Two suffice where a session was lost, and go at once; a sender that fails again has other troubles,
    /// such as a flood in which it confuses its own sessions, and needs time to get over them.
    /// </summary>
    private static TimeSpan Pause(int count) =>
        count <= MaxAtOnce ? TimeSpan.Zero : FirstPause * (1 << (count - MaxAtOnce - 1));

    private async Task AskAsync(InboundMessage message, int count)
    {
        if (Pause(count) is { Ticks: > 0 } pause)
            await Task.Delay(pause, time, life.Ended);
        // The first time the sender's own session may do; then it gets what it needs to begin another one.
        var one = count < 2 ? null : await preKeys.MakeOneAsync();
        await link.SendAsync(AnswerStanzas.Retry(message, count, vault.Credentials, one));
    }
}
