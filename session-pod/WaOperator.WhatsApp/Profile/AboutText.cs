namespace WaOperator.WhatsApp;

/// <summary>What an account says about itself.</summary>
/// <param name="Text">The text; empty: it says nothing.</param>
/// <param name="Timestamp">Since when, in Unix seconds; 0: not told.</param>
public sealed record AboutText(string Text, long Timestamp);
