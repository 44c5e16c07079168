namespace WaOperator.WhatsApp.Link;

/// <summary>Whether this device shows the account as online. Receipts say so.</summary>
internal sealed class OwnPresence
{
    public bool IsAvailable { get; set; }
}
