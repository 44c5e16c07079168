namespace WaOperator.Domain;

/// <summary>
/// Keys of a message's metadata that the gateway writes for programs made for Meta's WhatsApp Cloud API, and that the pods' webhooks for them read.
/// </summary>
public static class CloudKeys
{
    /// <summary>The caller's own text, given back with what becomes of the message.</summary>
    public const string Callback = "biz_opaque_callback_data";

    /// <summary>The caller's ids of what can be chosen, by what the options say: a JSON object.</summary>
    public const string Options = "cloudapi_options";

    /// <summary>Whether it was <c>button</c> or <c>list</c>.</summary>
    public const string Kind = "cloudapi_interactive";
}
