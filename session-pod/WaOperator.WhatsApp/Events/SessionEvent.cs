using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Events;

/// <summary>
/// Something that is reported to the owner of a device, in the device's own order. The set is closed; <see cref="EventCodec"/> owns
/// the stored form.
/// </summary>
public abstract record SessionEvent
{
    private protected const int FixedWeight = 256;

    private protected SessionEvent() { }

    /// <summary>Its name, one of <see cref="EventTypes"/>.</summary>
    public abstract string Type { get; }

    /// <summary>The inbound message that is done with when this is durable; null: none.</summary>
    public virtual MessageKey? Completes => null;

    /// <summary>About how many bytes it holds.</summary>
    internal virtual int Weight => FixedWeight;

    /// <summary>Without what people wrote, and without addresses.</summary>
    public sealed override string ToString() => Type;
}
