using System.Net;

namespace TwilioAdapter.Twilio;

/// <summary>
/// A form as Twilio posts it: names and values in their order. Names are compared letter by letter, since a signature is; the forms of
/// ASP.NET Core are not.
/// </summary>
internal sealed class TwilioForm : List<KeyValuePair<string, string>>
{
    /// <summary>The media type of its text.</summary>
    public const string MediaType = "application/x-www-form-urlencoded";

    /// <summary>The first value of a field; null: it is not there, or is empty.</summary>
    public string? this[string name] =>
        this.FirstOrDefault(p => p.Key == name).Value is { Length: > 0 } value ? value : null;

    /// <summary>Adds a field; null is left out, as Twilio does.</summary>
    public void Add(string name, string? value)
    {
        if (value is not null)
            Add(new(name, value));
    }

    /// <summary>Reads one.</summary>
    public static TwilioForm Parse(string text)
    {
        var form = new TwilioForm();
        foreach (var field in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = field.IndexOf('=');
            var (name, value) = end < 0 ? (field, "") : (field[..end], field[(end + 1)..]);
            form.Add(WebUtility.UrlDecode(name), WebUtility.UrlDecode(value));
        }
        return form;
    }

    /// <summary>Reads the body of a request; null: it is no form.</summary>
    public static async Task<TwilioForm?> ReadAsync(HttpRequest request)
    {
        if (request.ContentType?.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) != true)
            return null;
        using var reader = new StreamReader(request.Body);
        return Parse(await reader.ReadToEndAsync(request.HttpContext.RequestAborted));
    }

    /// <summary>Its text.</summary>
    public override string ToString() =>
        string.Join(
            '&',
            this.Select(p => $"{WebUtility.UrlEncode(p.Key)}={WebUtility.UrlEncode(p.Value)}")
        );
}
