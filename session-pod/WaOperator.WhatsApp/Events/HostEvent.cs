namespace WaOperator.WhatsApp.Events;

/// <summary>
/// Something that the program around a device tells beside what the device reports, so that one journal holds both in their order. The
/// library raises none, and <see cref="EventCodec"/> knows no form of it: its host stores it as it likes.
/// </summary>
public abstract record HostEvent : SessionEvent
{
    /// <summary>For a program's own kinds of events.</summary>
    protected HostEvent() { }
}
