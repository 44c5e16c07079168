using System.Text;
using System.Text.Json;
using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>What is wrong with the body of a request.</summary>
/// <param name="Pointer">Where: a JSON pointer as a URI fragment; # is all of it.</param>
/// <param name="Detail">What, for people; names the field.</param>
/// <param name="Supported">False: nothing is wrong, but it cannot be done.</param>
internal sealed record BodyFault(string Pointer, string Detail, bool Supported = true)
{
    /// <summary>As an answer of the API.</summary>
    public ProblemAnswer ToProblem() =>
        Supported ? Problems.Bad(Pointer, Detail) : Problems.NotSupported(Pointer, Detail);

    /// <summary>The pointer to where the reading of JSON failed.</summary>
    public static string PointerOf(JsonException e)
    {
        var pointer = new StringBuilder("#");
        for (var fault = e; fault is not null; fault = fault.InnerException as JsonException)
            // As the reader writes it: $.a.b[0]
            foreach (var part in (fault.Path ?? "").Split('.', '[', ']').Skip(1))
                if (part.Length > 0)
                    pointer.Append('/').Append(Escape(part.Trim('\'')));
        return pointer.ToString();
    }

    private static string Escape(string name) =>
        Uri.EscapeDataString(
            name.Replace("~", "~0", StringComparison.Ordinal)
                .Replace("/", "~1", StringComparison.Ordinal)
        );
}

/// <summary>Leaves the reading of a body whose fault was found.</summary>
internal sealed class BodyFaultException(BodyFault fault) : Exception(fault.Detail)
{
    public BodyFault Fault => fault;
}
