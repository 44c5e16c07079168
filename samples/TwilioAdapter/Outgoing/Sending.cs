using TwilioAdapter.Twilio;
using TwilioAdapter.WhatsApp;

namespace TwilioAdapter.Outgoing;

/// <summary>Gives a message of the outbox to WaOperator.</summary>
internal sealed class Sending(WaOperatorApi api, ILogger<Sending> log)
{
    /// <summary>Tries it once, and ends the entry unless the message is refused.</summary>
    /// <returns>Why it will not be sent; null: it is, or will be tried again.</returns>
    public async Task<TwilioError?> TryAsync(TakenEntry taken)
    {
        var entry = taken.Entry;
        switch (await api.SendAsync(entry.Url, entry.Body))
        {
            case ApiAnswer.Refused refused:
                return refused.Error;
            case ApiAnswer.Later later when taken.IsOverdue:
                return new(30008, later.Why);
            case ApiAnswer.Later later:
                log.LogWarning("{Sid} waits: {Reason}", entry.Sid, later.Why);
                await taken.LaterAsync(later.Why, later.After);
                return null;
            default:
                await taken.DoneAsync();
                return null;
        }
    }
}
