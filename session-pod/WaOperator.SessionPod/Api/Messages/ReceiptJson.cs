using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>An account.</summary>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="PushName">The name that it has chosen, where a message tells it.</param>
internal sealed record PersonAnswer(string? Phone, string? Lid, string? PushName = null)
{
    /// <summary>An account by the addresses that are known.</summary>
    public static PersonAnswer Of(Jid? one, Jid? other, string? pushName = null) =>
        new(
            Addresses.Phone(one) ?? Addresses.Phone(other),
            Addresses.Lid(one) ?? Addresses.Lid(other),
            pushName
        );
}

/// <summary>When someone got a message.</summary>
/// <param name="Participant">Who.</param>
/// <param name="Delivered">When a device got it; left out: none has said so yet.</param>
/// <param name="Read">When it was read. Who does not tell that he reads never has it.</param>
/// <param name="Played">When a voice note was played.</param>
internal sealed record ReceiptAnswer(
    PersonAnswer Participant,
    DateTimeOffset? Delivered,
    DateTimeOffset? Read,
    DateTimeOffset? Played
);

/// <summary>A page of who got a message.</summary>
/// <param name="Data">Of a chat of two the other account alone.</param>
/// <param name="Next">Gets the next page, as "after"; left out at the end.</param>
internal sealed record ReceiptPage(IReadOnlyList<ReceiptAnswer> Data, string? Next);
