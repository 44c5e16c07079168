using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp;

/// <summary>An event that a handler failed on too often (<see cref="WhatsAppClientOptions.HandlerAttempts"/>). It is not given to that handler again.</summary>
/// <param name="Number">The event's number in the store.</param>
/// <param name="Event">The event.</param>
/// <param name="Error">How the handler failed last.</param>
public sealed record SkippedEvent(long Number, SessionEvent Event, Exception Error);
