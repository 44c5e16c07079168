namespace WaOperator.Gateway.Cloud;

/// <summary>An error as Meta numbers them.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Status">The HTTP status where nothing says another.</param>
/// <param name="Title">In a few words.</param>
internal sealed record CloudCode(int Number, int Status, string Title)
{
    /// <summary>Something is missing, or is not known at all.</summary>
    public static readonly CloudCode Parameter = new(100, 400, "Invalid parameter");

    /// <summary>The key may not be used for this.</summary>
    public static readonly CloudCode Scope = new(10, 403, "Permission denied");

    /// <summary>There is no valid key.</summary>
    public static readonly CloudCode Token = new(190, 401, "Invalid access token");

    /// <summary>Too much at once, of whatever.</summary>
    public static readonly CloudCode Rate = new(130429, 429, "Rate limit hit");

    /// <summary>It is not known what went wrong, or how it ended.</summary>
    public static readonly CloudCode Failed = new(131000, 500, "Something went wrong");

    /// <summary>A value is not one that can be used.</summary>
    public static readonly CloudCode Value = new(131009, 400, "Parameter value is not valid");

    /// <summary>It can be done later.</summary>
    public static readonly CloudCode Away = new(131016, 503, "Service unavailable");

    /// <summary>The recipient cannot be reached, or may not be written to.</summary>
    public static readonly CloudCode Undeliverable = new(131026, 400, "Message undeliverable");

    /// <summary>WhatsApp has locked the account.</summary>
    public static readonly CloudCode Banned = new(131031, 403, "Account has been locked");

    /// <summary>A kind of message that there is not.</summary>
    public static readonly CloudCode Kind = new(131051, 400, "Unsupported message type");

    /// <summary>A file that cannot be sent.</summary>
    public static readonly CloudCode Media = new(131053, 400, "Media upload error");

    /// <summary>Too much to one recipient.</summary>
    public static readonly CloudCode Pair = new(131056, 429, "Pair rate limit hit");

    /// <summary>There are no templates.</summary>
    public static readonly CloudCode Template = new(132001, 404, "Template does not exist");

    /// <summary>No phone is linked, or the session is stopped.</summary>
    public static readonly CloudCode NotLinked = new(133010, 409, "Phone number not registered");
}

/// <summary>What is wrong with a request.</summary>
/// <param name="Code">The error.</param>
/// <param name="Detail">What to do about it; names the field.</param>
internal sealed record CloudFault(CloudCode Code, string Detail);

/// <summary>Leaves the reading of a request whose fault was found.</summary>
internal sealed class CloudFaultException(CloudFault fault) : Exception(fault.Detail)
{
    public CloudFault Fault => fault;

    /// <summary>To be thrown: a value is wrong.</summary>
    public static CloudFaultException Value(string detail) => new(new(CloudCode.Value, detail));

    /// <summary>To be thrown: something is missing or too much.</summary>
    public static CloudFaultException Parameter(string detail) =>
        new(new(CloudCode.Parameter, detail));
}
