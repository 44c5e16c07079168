using System.Security.Cryptography;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>An event that people of a chat can say to come to.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="StartsAt">When it begins; kept in whole seconds.</param>
internal sealed record EventPlan(string Name, DateTimeOffset StartsAt)
{
    /// <summary>More about it.</summary>
    public string? Description { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Where it is.</summary>
    public Place? Place { get; init; }

    /// <summary>A link to take part by.</summary>
    public string? JoinLink { get; init; }
}

/// <content>Events.</content>
public sealed partial class MessageContent
{
    /// <summary>An event. Answers to it are encrypted by its secret.</summary>
    /// <param name="plan">The event.</param>
    /// <param name="secret">32 bytes; null: random ones.</param>
    internal static MessageContent Event(EventPlan plan, byte[]? secret = null)
    {
        var happening = new EventMessage
        {
            Name = plan.Name,
            StartTime = plan.StartsAt.ToUnixTimeSeconds(),
        };
        Set(plan.Description, v => happening.Description = v);
        Set(plan.JoinLink, v => happening.JoinLink = v);
        if (plan.EndsAt is { } end)
            happening.EndTime = end.ToUnixTimeSeconds();
        if (plan.Place is { } place)
        {
            happening.Location = new()
            {
                DegreesLatitude = place.Latitude,
                DegreesLongitude = place.Longitude,
            };
            Set(place.Name, v => happening.Location.Name = v);
            Set(place.Address, v => happening.Location.Address = v);
        }
        return new(
            new()
            {
                MessageContextInfo = new()
                {
                    MessageSecret = Google.Protobuf.ByteString.CopyFrom(
                        secret ?? RandomNumberGenerator.GetBytes(SecretSize)
                    ),
                },
                EventMessage = happening,
            }
        );
    }
}
