namespace WaOperator.Operator.Text;

/// <summary>Hides what must not be logged.</summary>
public static class Mask
{
    /// <summary>A phone number of which only the last three digits are shown.</summary>
    public static string Phone(string? phone) =>
        phone is { Length: > 3 } ? string.Concat("…", phone.AsSpan(phone.Length - 3)) : "…";
}
