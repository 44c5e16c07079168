namespace WaOperator.PhoneNumbers;

/// <summary>
/// Which phone numbers a tenant may use and write to. A number is judged in all its forms (<see cref="PhoneNumber.Forms"/>): neither a
/// blocked number nor a prefix that is not allowed is reached by writing it another way. Immutable.
/// </summary>
public sealed class PhoneFilter
{
    private readonly IReadOnlyList<string> _allowedPrefixes;
    private readonly HashSet<string> _blockedAccounts;

    /// <summary>Makes a filter.</summary>
    /// <param name="allowedPrefixes">Digits; only numbers that begin with one of them are allowed. None allows all.</param>
    /// <param name="blockedNumbers">Numbers that are refused.</param>
    public PhoneFilter(
        IReadOnlyList<string>? allowedPrefixes,
        IReadOnlyList<string>? blockedNumbers
    )
    {
        _allowedPrefixes = allowedPrefixes ?? [];
        _blockedAccounts = (blockedNumbers ?? [])
            .Select(PhoneNumber.Account)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether it refuses nothing, so that numbers need not be known to ask it.</summary>
    public bool AllowsAll => _allowedPrefixes.Count == 0 && _blockedAccounts.Count == 0;

    /// <summary>Whether a number is allowed.</summary>
    /// <param name="number">Digits with the country code.</param>
    public bool Allows(string number) =>
        !_blockedAccounts.Contains(PhoneNumber.Account(number))
        && (
            _allowedPrefixes.Count == 0
            || PhoneNumber
                .Forms(number)
                .Any(form =>
                    _allowedPrefixes.Any(p => form.StartsWith(p, StringComparison.Ordinal))
                )
        );
}
