using System.Text.RegularExpressions;
using WaOperator.PhoneNumbers;

namespace WaOperator.Resources;

/// <summary>A regular expression of the schema and what it asks for in words.</summary>
/// <param name="Schema">The expression exactly as in the schema.</param>
/// <param name="Meaning">Completes "must be".</param>
internal sealed record Pattern(string Schema, string Meaning)
{
    // The schema's dialect is RE2: $ is the very end, and \s is ASCII without the vertical tab.
    private const string Spaces = @" \t\n\f\r";
    private readonly Regex _regex = new(
        (Schema.EndsWith('$') ? Schema[..^1] + @"\z" : Schema)
            .Replace(@"[^\s", $"[^{Spaces}", StringComparison.Ordinal)
            .Replace(@"\S", $"[^{Spaces}]", StringComparison.Ordinal),
        RegexOptions.ECMAScript,
        TimeSpan.FromSeconds(1)
    );

    public bool IsMatch(string text) => _regex.IsMatch(text);
}

/// <summary>The expressions that the schemas use.</summary>
internal static class Patterns
{
    public static readonly Pattern Phone = new(PhoneNumber.Pattern, PhoneNumber.Meaning);
    public static readonly Pattern PhonePrefix = new(
        "^[1-9][0-9]*$",
        "digits only, beginning with a country code"
    );
    public static readonly Pattern ObjectName = new(
        "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
        "a Kubernetes name: lower case letters, digits, '-' and '.', beginning and ending with a letter or digit"
    );
    public static readonly Pattern Word = new(@"^\S+$", "text without spaces");
    public static readonly Pattern Line = new(
        @"^[^\x00-\x1f\x7f]+$",
        "text without control characters"
    );
    public static readonly Pattern PoolName = new(
        "^[a-z]([-a-z0-9]*[a-z0-9])?$",
        "lower case letters, digits and '-', beginning with a letter and ending with a letter or digit"
    );
    public static readonly Pattern SecretKey = new(
        "^[-._a-zA-Z0-9]+$",
        "a key of a Secret: letters, digits, '-', '_' and '.'"
    );
    public static readonly Pattern Namespace = new(
        @"^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$",
        "the name of a namespace, or * for all"
    );
    public static readonly Pattern HttpUrl = new(
        @"^https?://[^\s/?#@]+([/?#]\S*)?$",
        "an http:// or https:// address without credentials and spaces in it"
    );
    public static readonly Pattern HttpsUrl = new(
        @"^https://[^\s/?#@]+([/?][^\s#]*)?$",
        "an https:// address without credentials, fragment and spaces in it"
    );
    public static readonly Pattern SocketUrl = new(
        @"^wss?://[^\s/?#@]+([/?#]\S*)?$",
        "a wss:// or ws:// address without credentials and spaces in it"
    );
    public static readonly Pattern Network = new(
        @"^(((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(3[0-2]|[12]?[0-9])|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$",
        "a network such as 10.20.0.0/16 or 2001:db8::/32"
    );
    public static readonly Pattern EventKind = new(
        @"^[a-z][a-z0-9]*(\.([a-z0-9]+|\*))*$",
        "a kind of event such as message.received or message.*"
    );
    public static readonly Pattern Image = new(@"^\S+$", "an image without spaces in its name");
    public static readonly Pattern RootKey = new(
        "^[0-9a-f]{64}$",
        "32 bytes in lower case hex, 64 digits"
    );
    public static readonly Pattern LabelKey = new(
        "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
        "a label's key, such as team or example.com/team"
    );
    public static readonly Pattern LabelValue = new(
        "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
        "a label's value: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"
    );
    public static readonly Pattern Memory = new(
        @"^\+?0*([1-9][0-9]{0,14}(\.[0-9]{0,9})?|\.[0-9]{0,8}[1-9][0-9]{0,8})([numkMGTPE]|[KMGTPE]i|[eE]\+?(0?[0-9]|1[0-3]))?$",
        "an amount of memory above 0 such as 64Ki, 512Mi, 1.5Gi or a number of bytes"
    );
    public static readonly Pattern Amount = new(
        @"^\+?([0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9})([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$",
        "an amount that is not negative such as 250m, 2 or 512Mi"
    );
}
