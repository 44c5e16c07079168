namespace WaOperator.Simulator.Handlers;

/// <summary>A query that the server does not grant; becomes <c>iq type=error</c>.</summary>
internal sealed class RefusedException(int code, string text) : Exception(text)
{
    /// <summary>The code, such as 400 bad-request or 406 not-acceptable.</summary>
    public int Code => code;

    public static RefusedException BadRequest(string why) => new(400, $"bad-request: {why}");

    /// <summary>What the simulator does not do, it says: no one shall take it for done.</summary>
    public static RefusedException NotImplemented(string what) =>
        new(501, $"feature-not-implemented: {what}");

    public static RefusedException NotAcceptable(string why) => new(406, $"not-acceptable: {why}");

    public static RefusedException NotFound(string why) => new(404, $"item-not-found: {why}");
}

/// <summary>A client did what no server tolerates; the connection ends.</summary>
internal sealed class ProtocolViolationException(string what) : Exception(what);
