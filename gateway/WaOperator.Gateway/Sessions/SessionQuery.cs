using System.Globalization;
using WaOperator.PhoneNumbers;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Which sessions a client lists.</summary>
/// <param name="Limit">How many at most.</param>
/// <param name="After">Behind this one; 0 from the first on.</param>
/// <param name="Filter">Which of them.</param>
internal sealed record SessionQuery(int Limit, long After, SessionFilter Filter)
{
    /// <summary>
    /// A selector of labels, such as <c>team=a,tier!=b</c>; null for none. With it the API server is asked, which alone knows labels.
    /// </summary>
    public string? Label { get; init; }

    /// <summary>Where the API server ended the page before; null for the first page.</summary>
    public string? Token { get; init; }

    /// <summary>The longest page.</summary>
    public const int MaxLimit = 500;

    private const int DefaultLimit = 100;
    private const int MaxName = 253;
    private const int MaxLabel = 1024;

    /// <summary>Phases that can be asked for.</summary>
    private static readonly string[] Phases =
    [
        SessionPhases.Pending,
        SessionPhases.Deleting,
        .. Enum.GetNames<SessionPhase>(),
    ];

    /// <summary>Reads the parameters of a request. Pure.</summary>
    /// <param name="parameters">As they came.</param>
    /// <param name="query">What is asked for; null for what cannot be read.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? Read(IQueryCollection parameters, out SessionQuery? query)
    {
        query = null;
        var read = new SessionQuery(DefaultLimit, 0, new());
        foreach (var (name, values) in parameters)
        {
            if (values is not [{ } value])
                return $"the parameter {Shown(name)} is given {values.Count} times; give it once";
            if (read.With(name, value, out var wrong) is not { } next)
                return wrong;
            read = next;
        }
        if ((read.Label is null ? read.Token is not null : read.After != 0))
            return WrongCursor;
        query = read;
        return null;
    }

    private const string WrongCursor =
        "after must be what an earlier page of the same list gave as next, unchanged";

    /// <summary>The parameters of the page behind a cursor.</summary>
    public string Next(string cursor)
    {
        var text = $"?limit={Limit}&after={cursor}";
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string?)>)
                [
                    ("namespace", Filter.Namespace),
                    ("name", Filter.Name),
                    ("phase", Filter.Phase),
                    ("phone", Filter.Phone),
                    ("label", Label),
                ]
        )
            if (value is not null)
                text += $"&{name}={Uri.EscapeDataString(value)}";
        return text;
    }

    /// <summary>Whether a session is asked for, labels and namespace aside.</summary>
    public bool Has(SessionSummary session) =>
        (Filter.Name is null || session.Name == Filter.Name)
        && (Filter.Phase is null || session.Phase == Filter.Phase)
        && (Filter.Phone is null || session.Phone == Filter.Phone);

    private SessionQuery? With(string name, string value, out string? wrong)
    {
        wrong = null;
        switch (name)
        {
            case "limit":
                if (
                    int.TryParse(
                        value,
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var limit
                    ) && limit is >= 1 and <= MaxLimit
                )
                    return this with { Limit = limit };
                wrong = $"limit must be a number from 1 to {MaxLimit}";
                return null;
            case "after":
                if (SessionCursor.Read(value) is { } after)
                    return this with { After = after };
                if (SessionCursor.ReadToken(value) is { } token)
                    return this with { Token = token };
                wrong = WrongCursor;
                return null;
            case "label" when value.Length is > 0 and <= MaxLabel && !value.Any(char.IsControl):
                return this with { Label = value };
            case "label":
                wrong = $"label must be a selector of 1 to {MaxLabel} characters, such as team=a";
                return null;
            case "phase":
                if (Phases.Contains(value, StringComparer.Ordinal))
                    return this with { Filter = Filter with { Phase = value } };
                wrong = $"phase must be one of {string.Join(", ", Phases)}";
                return null;
            case "phone":
                if (PhoneNumberReader.TryRead(value, out var phone, out var problem))
                    return this with { Filter = Filter with { Phone = phone } };
                wrong = $"phone cannot be read: {problem}";
                return null;
            case "namespace" when IsName(value):
                return this with { Filter = Filter with { Namespace = value } };
            case "name" when IsName(value):
                return this with { Filter = Filter with { Name = value } };
            case "namespace" or "name":
                wrong = $"{name} must be the name of a resource";
                return null;
            default:
                wrong =
                    $"there is no parameter {Shown(name)}; there are limit, after, namespace, name, phase, phone and label";
                return null;
        }
    }

    /// <summary>Whether Kubernetes may have an object of that name.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= MaxName
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0])
        && char.IsAsciiLetterOrDigit(text[^1]);

    /// <summary>A parameter's name in a sentence, whatever was sent. Pure.</summary>
    public static string Shown(string name) =>
        name.Length <= 32 && name.All(char.IsAsciiLetterOrDigit) ? name : "of that name";
}
