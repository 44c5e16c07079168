namespace WaOperator.Resources;

// Settable value types: see TenantSpec.

/// <summary>What is desired of a session.</summary>
public sealed record SessionSpec
{
    /// <summary>The tenant that owns the session. Immutable.</summary>
    public TenantReference TenantRef
    {
        get => field ?? new();
        init;
    }

    /// <summary>Phone number, 7 to 15 digits beginning with the country code. Immutable.</summary>
    public string PhoneNumber
    {
        get => field ?? "";
        init;
    }

    /// <summary>See <see cref="DesiredStates"/>.</summary>
    public string State
    {
        get => field ?? DesiredStates.Active;
        init;
    }

    /// <summary>How the session is paired with the phone.</summary>
    public PairingSpec Pairing
    {
        get => field ?? new();
        init;
    }

    /// <summary>See <see cref="HistoryDepths"/>.</summary>
    public string History
    {
        get => field ?? HistoryDepths.None;
        init;
    }

    /// <summary>Name of the pool: the one of the own namespace, else the one elsewhere that serves this namespace.</summary>
    public string Pool
    {
        get => field ?? "default";
        init;
    }

    /// <summary>Who is placed first when room is short, -1000 to 1000, higher first. It never displaces a session.</summary>
    public int Priority { get; set; }

    /// <summary>Memory that the session is counted with until it has been measured.</summary>
    public Quantity MemoryEstimate { get; set; } = new("64Ki");

    /// <summary>
    /// Where the address of its proxy is, or several of which it takes one. It never connects without it.
    /// </summary>
    public SecretKeyReference? ProxySecretRef { get; init; }

    /// <summary>See <see cref="DeletionPolicies"/>.</summary>
    public string DeletionPolicy
    {
        get => field ?? DeletionPolicies.Unlink;
        init;
    }
}

/// <summary>A tenant of the session's own namespace.</summary>
public sealed record TenantReference
{
    /// <summary>Name of the <see cref="WhatsAppTenant"/>.</summary>
    public string Name
    {
        get => field ?? "";
        init;
    }
}

/// <summary>How a session is linked to its phone.</summary>
public sealed record PairingSpec
{
    /// <summary>See <see cref="PairingMethods"/>.</summary>
    public string Method
    {
        get => field ?? PairingMethods.Qr;
        init;
    }

    /// <summary>The name that the phone lists the device under, 1 to 50 characters.</summary>
    public string DeviceName
    {
        get => field ?? "WaOperator";
        init;
    }

    /// <summary>See <see cref="PasskeyCodes"/>.</summary>
    public string PasskeyCode
    {
        get => field ?? PasskeyCodes.Auto;
        init;
    }
}

/// <summary>Values of <see cref="PairingSpec.PasskeyCode"/>.</summary>
public static class PasskeyCodes
{
    /// <summary>The QR code's secret vouches for the phone, for five minutes; after that a person compares.</summary>
    public const string Auto = "Auto";

    /// <summary>A person compares a code on both screens.</summary>
    public const string Compare = "Compare";
}

/// <summary>Values of <see cref="SessionSpec.History"/>.</summary>
public static class HistoryDepths
{
    /// <summary>Nothing of what was before the device was linked.</summary>
    public const string None = "None";

    /// <summary>What phones give by themselves: the last months.</summary>
    public const string Recent = "Recent";

    /// <summary>All that the phone has, which may take hours.</summary>
    public const string Full = "Full";
}

/// <summary>Values of <see cref="SessionSpec.State"/>.</summary>
public static class DesiredStates
{
    /// <summary>Kept connected.</summary>
    public const string Active = "Active";

    /// <summary>Socket closed, keys kept.</summary>
    public const string Stopped = "Stopped";
}

/// <summary>Values of <see cref="PairingSpec.Method"/>.</summary>
public static class PairingMethods
{
    /// <summary>A code to scan with the phone.</summary>
    public const string Qr = "QR";

    /// <summary>Eight characters to type on the phone.</summary>
    public const string Code = "Code";
}

/// <summary>Values of <see cref="SessionSpec.DeletionPolicy"/>.</summary>
public static class DeletionPolicies
{
    /// <summary>The device is taken off the phone and the keys are wiped.</summary>
    public const string Unlink = "Unlink";

    /// <summary>The keys are kept, and a new object of the same tenant and phone adopts them.</summary>
    public const string Retain = "Retain";
}
