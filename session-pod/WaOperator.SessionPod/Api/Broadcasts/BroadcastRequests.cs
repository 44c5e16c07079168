using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>A broadcast to be made: one message to many recipients. It sends nothing before it is started.</summary>
internal sealed record BroadcastRequest
{
    /// <summary>Recipients in the request itself at most.</summary>
    public const int MostRecipients = 1000;

    /// <summary>Its id, 8 to 64 letters and digits; a new one if left out. Asked again with the same id, nothing is made twice.</summary>
    public string? Id { get; init; }

    /// <summary>What it is called, 1 to 100 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The message, as for sending one, but without to, id and times: text, image, video, voice, audio, document, sticker, location, contacts, poll or event, and disappearAfter, viewOnce, metadata. Text and captions may have variables, written {{name}}. Files are uploaded first.</summary>
    public SendRequest? Message { get; init; }

    /// <summary>Up to 1,000 of its recipients; more are added as lines.</summary>
    public IReadOnlyList<RecipientBody?>? Recipients { get; init; }

    /// <summary>How fast and at which hours.</summary>
    public PacingBody? Pacing { get; init; }

    /// <summary>When it stops by itself.</summary>
    public StopOnBody? StopOn { get; init; }
}

/// <summary>A recipient.</summary>
internal sealed record RecipientBody
{
    /// <summary>A phone number in international form, or an address made of one (@s.whatsapp.net); no group and no @lid.</summary>
    public string? To { get; init; }

    /// <summary>A value of 1 to 512 characters for each variable of the message.</summary>
    public IReadOnlyDictionary<string, string?>? Vars { get; init; }
}

/// <summary>How fast a broadcast writes to people.</summary>
internal sealed record PacingBody
{
    /// <summary>Messages in a minute, 1 to 100; default 20.</summary>
    public int? PerMinute { get; init; }

    /// <summary>By which part a pause is longer or shorter by chance, 0 to 0.9; default 0.4.</summary>
    public double? Jitter { get; init; }

    /// <summary>At which hours of the day; left out: at any.</summary>
    public WindowBody? Window { get; init; }

    /// <summary>On how many days it is slower, 0 to 30, default 0: on the first of 7 it has a seventh of its pace, on the second two, and so on.</summary>
    public int? RampDays { get; init; }
}

/// <summary>The hours of a day in which a broadcast writes to people.</summary>
internal sealed record WindowBody
{
    /// <summary>When it opens, such as 09:00.</summary>
    public string? From { get; init; }

    /// <summary>When it closes, such as 19:00; before "from": on the next day.</summary>
    public string? To { get; init; }

    /// <summary>The time zone, by its IANA name such as Europe/Berlin.</summary>
    public string? Tz { get; init; }
}

/// <summary>When a broadcast stops by itself. It always does when the account is banned or its device is unlinked.</summary>
internal sealed record StopOnBody
{
    /// <summary>When so many of a hundred messages were refused, 1 to 100; default 10. Asked from the 20th on that was sent or refused since it was started or resumed.</summary>
    public int? FailedPercent { get; init; }

    /// <summary>When WhatsApp lets the account write to no new chats; default true.</summary>
    public bool? Timelocked { get; init; }
}

/// <summary>A broadcast.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="State">Created, Running, Paused, Stopped (by itself), Finished or Cancelled.</param>
/// <param name="Reason">Of one that is Stopped why: Banned, LoggedOut, Timelocked, TooManyFailed or MessageInvalid.</param>
/// <param name="Recipients">How many it has.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ChangedAt">When its state changed last, or recipients were added.</param>
/// <param name="StartedAt">When it was first started; left out: it was not.</param>
/// <param name="Pacing">How fast and at which hours.</param>
/// <param name="StopOn">When it stops by itself.</param>
internal sealed record BroadcastAnswer(
    string Id,
    string Name,
    string State,
    string? Reason,
    int Recipients,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? StartedAt,
    PacingBody Pacing,
    StopOnBody StopOn
)
{
    /// <summary>How many recipients are in each state, where one broadcast is asked for.</summary>
    public ProgressCounts? Counts { get; init; }

    /// <summary>What it says, where one broadcast is asked for.</summary>
    public SendRequest? Message { get; init; }

    /// <summary>A broadcast without what it says.</summary>
    public static BroadcastAnswer Of(OpenedBroadcast opened)
    {
        var (stored, content) = opened;
        return new(
            stored.Row.Id,
            content.Name,
            stored.State.ToString(),
            stored.Reason.Length > 0 ? stored.Reason : null,
            stored.Recipients,
            stored.CreatedAt,
            stored.ChangedAt,
            stored.StartedAt,
            new()
            {
                PerMinute = content.Pacing.PerMinute,
                Jitter = content.Pacing.Jitter,
                RampDays = content.Pacing.RampDays,
                Window = content.Pacing.Window is { } window
                    ? new()
                    {
                        From = BroadcastCodec.Text(window.From),
                        To = BroadcastCodec.Text(window.To),
                        Tz = window.Zone.Id,
                    }
                    : null,
            },
            new()
            {
                FailedPercent = content.StopOn.FailedPercent,
                Timelocked = content.StopOn.Timelocked,
            }
        );
    }
}

/// <summary>The broadcasts of a session.</summary>
/// <param name="Data">The newest first; a session has 100 at most.</param>
internal sealed record BroadcastList(IReadOnlyList<BroadcastAnswer> Data);

/// <summary>What became of recipients that were added.</summary>
/// <param name="Added">How many were not there before.</param>
/// <param name="Known">How many were, or stood there twice: they stay as they were.</param>
/// <param name="Total">How many the broadcast has now.</param>
internal sealed record AddedAnswer(int Added, int Known, int Total);

/// <summary>A recipient of a broadcast.</summary>
/// <param name="To">As it was given.</param>
/// <param name="State">Pending, Queued, Sent, Delivered, Read, Failed or Skipped.</param>
/// <param name="Reason">Of one that is Skipped why: NotAllowed (spec.phoneRules), ValuesInvalid, TakenBack, Cancelled or Unreadable.</param>
/// <param name="Message">The id of the message to it, from Queued on.</param>
/// <param name="Vars">Its values.</param>
internal sealed record RecipientAnswer(
    string To,
    string State,
    string? Reason,
    string? Message,
    IReadOnlyDictionary<string, string>? Vars
)
{
    /// <summary>A recipient.</summary>
    public static RecipientAnswer Of(OpenedRecipient opened)
    {
        var ((row, _, state, reason), recipient) = opened;
        return new(
            recipient.To,
            state.ToString(),
            reason.Length > 0 ? reason : null,
            state is RecipientState.Pending or RecipientState.Skipped ? null : row.Message,
            recipient.Vars.Count > 0 ? recipient.Vars : null
        );
    }
}

/// <summary>A page of recipients.</summary>
/// <param name="Data">In the order in which they were added. A page with a state may have fewer than asked for, and others behind it.</param>
/// <param name="Next">Gets the next page, as "after"; left out at the end.</param>
internal sealed record RecipientPage(IReadOnlyList<RecipientAnswer> Data, string? Next);
