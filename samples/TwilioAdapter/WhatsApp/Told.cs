using TwilioAdapter.Twilio;

namespace TwilioAdapter.WhatsApp;

/// <summary>What WaOperator tells that Twilio would tell, too.</summary>
internal abstract record Told(string Session);

/// <summary>A message came in.</summary>
/// <param name="Session">NAMESPACE/NAME.</param>
/// <param name="Id">Its id at WaOperator.</param>
/// <param name="From">Whose it is, as Twilio writes it.</param>
/// <param name="Name">The sender's name for himself; null: not told.</param>
/// <param name="Content">What it says, as fields of Twilio's.</param>
/// <param name="Media">Its file; null for none.</param>
internal sealed record Incoming(
    string Session,
    string Id,
    string From,
    string? Name,
    TwilioForm Content,
    IncomingMedia? Media
) : Told(Session);

/// <summary>A file that came with a message: its id at WaOperator, and its type.</summary>
internal sealed record IncomingMedia(string Id, string Type);

/// <summary>What became of messages.</summary>
/// <param name="Session">NAMESPACE/NAME.</param>
/// <param name="Ids">The messages.</param>
/// <param name="Status">How far they are.</param>
/// <param name="Code">WhatsApp's code of a refusal; null for none.</param>
internal sealed record StatusTold(
    string Session,
    IReadOnlyList<string> Ids,
    string Status,
    int? Code
) : Told(Session);
