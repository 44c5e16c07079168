using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// All that a <see cref="WhatsAppClient"/> keeps: the device's keys, what messaging must not lose, and which events the application
/// is done with. One client at a time uses it. <see cref="FileStore"/> keeps it in a directory.
/// </summary>
public interface IWhatsAppStore : IDeviceStore, IMessageStore
{
    /// <summary>Reads events that were committed (<see cref="DeviceChange.Events"/>) and not confirmed yet, oldest first.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="ct">Ends the wait.</param>
    Task<IReadOnlyList<NumberedEvent>> LoadEventsAsync(int most, CancellationToken ct);

    /// <summary>
    /// The application is done with an event and all before it: they are not loaded again. This need not survive a crash at once;
    /// an event whose confirmation is lost is handled again.
    /// </summary>
    /// <param name="number">The event's number.</param>
    /// <param name="ct">Ends the wait.</param>
    Task ConfirmEventsAsync(long number, CancellationToken ct);

    /// <summary>Removes everything, keys included: the next connection pairs a new device.</summary>
    Task ClearAsync(CancellationToken ct);
}

/// <summary>An event as it is stored.</summary>
/// <param name="Number">Its number: above 0, and above those of all events before it.</param>
/// <param name="Event">The event.</param>
public sealed record NumberedEvent(long Number, SessionEvent Event);
