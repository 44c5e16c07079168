namespace WaOperator.WhatsApp;

/// <summary>The account's state, which all of its devices show, cannot be written: nothing was changed.</summary>
public sealed class AccountStateException : Exception
{
    internal AccountStateException(bool waitsForPhone, string message, Exception inner)
        : base(message, inner) => WaitsForPhone = waitsForPhone;

    /// <summary>The phone has not shared the keys yet: soon after linking, or while it is off. To be tried again.</summary>
    public bool WaitsForPhone { get; }
}
