namespace WaOperator.WhatsApp;

/// <summary>A connection of a <see cref="WhatsAppClient"/> ended by itself, or did not come about.</summary>
/// <param name="End">How.</param>
/// <param name="RetryIn">How long the client waits before the next connection; null: it makes none.</param>
public sealed record Disconnected(Disconnect End, TimeSpan? RetryIn) : ClientEvent;
