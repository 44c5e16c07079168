using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>
/// What is true for a moment: told to those who follow the session now, and stored nowhere. It has no number, moves no cursor, and is left
/// out for a follower that is behind.
/// </summary>
internal abstract record PassingEvent : HostEvent
{
    /// <summary>The same for all that hear of it.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>When the pod heard of it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The chat, or the account, that it is of.</summary>
    public abstract Jid Of { get; }
}

/// <summary>An account came online or went.</summary>
internal sealed record PresenceHeard : PassingEvent
{
    /// <summary>Its name in a session's stream.</summary>
    public const string Name = "presence";

    /// <inheritdoc/>
    public override string Type => Name;

    /// <summary>Whose presence, by the address that was subscribed to.</summary>
    public required Jid Account { get; init; }

    /// <summary>It is online.</summary>
    public required bool Available { get; init; }

    /// <summary>When it was online last; null: it is now, or does not let others see it.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <inheritdoc/>
    public override Jid Of => Account;
}

/// <summary>A person types or records, or stopped.</summary>
internal sealed record TypingHeard : PassingEvent
{
    /// <summary>Its name in a session's stream.</summary>
    public const string Name = "typing";

    /// <inheritdoc/>
    public override string Type => Name;

    /// <summary>Where.</summary>
    public required Jid Chat { get; init; }

    /// <summary>Who.</summary>
    public required Jid Sender { get; init; }

    /// <summary>What.</summary>
    public required ChatState State { get; init; }

    /// <inheritdoc/>
    public override Jid Of => Chat;
}
