namespace WaOperator.Gateway.Forwarding;

/// <summary>What a request is, as far as it matters for what may be done after a pod was lost.</summary>
internal enum RequestKind
{
    /// <summary>It changes nothing: it may be asked again.</summary>
    Read,

    /// <summary>Messages whose ids are fixed: they may be sent again, and are queued once.</summary>
    Message,

    /// <summary>It changes something and is not idempotent.</summary>
    Write,

    /// <summary>A file, which is passed on as it comes and kept nowhere.</summary>
    Upload,

    /// <summary>A stream of events, which is reopened after the last event that the client received.</summary>
    Events,
}

/// <summary>Tells kinds of requests apart.</summary>
internal static class RequestKinds
{
    /// <summary>The kind of a request. Pure.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="rest">Its path behind the session's; null for none.</param>
    public static RequestKind Of(string method, string? rest)
    {
        var path = rest?.Trim('/') ?? "";
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return HttpMethods.IsGet(method) && path == "events"
                ? RequestKind.Events
                : RequestKind.Read;
        if (!HttpMethods.IsPost(method))
            return RequestKind.Write;
        return path switch
        {
            "messages" => RequestKind.Message,
            "media" => RequestKind.Upload,
            _ => RequestKind.Write,
        };
    }
}
