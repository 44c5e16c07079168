using System.Buffers.Binary;
using System.Buffers.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>Which recipients a list is to show, and from where on. Pure.</summary>
/// <param name="State">In this state only; null: in any.</param>
/// <param name="Limit">Recipients in a page, 1 to 100.</param>
/// <param name="After">The place behind which it begins.</param>
internal sealed record RecipientQuery(RecipientState? State, int Limit, long After)
{
    /// <summary>Reads the query of a request.</summary>
    /// <returns>The query, or what is wrong with it.</returns>
    public static (RecipientQuery? Query, ProblemAnswer? Wrong) Read(IQueryCollection given)
    {
        var (state, limit, after) = ((RecipientState?)null, Paging.DefaultLimit, 0L);
        foreach (var (name, values) in given)
        {
            if (name is not ("state" or "limit" or "after"))
                return Wrong($"there is no \"{name}\"; this list has state, limit and after");
            if (values is not [{ Length: > 0 } text])
                return Wrong(Paging.NotOnce(name));
            switch (name)
            {
                case "state":
                    if (!Enum.GetNames<RecipientState>().Contains(text, StringComparer.Ordinal))
                        return Wrong(
                            $"\"state\" is one of {string.Join(", ", Enum.GetNames<RecipientState>())}"
                        );
                    state = Enum.Parse<RecipientState>(text);
                    break;
                case "limit" when !Paging.TryLimit(text, out limit):
                    return Wrong(Paging.WrongLimit);
                case "after" when !TryCursor(text, out after):
                    return Wrong(Paging.WrongCursor);
            }
        }
        return (new(state, limit, after), null);
    }

    /// <summary>A place as clients see it.</summary>
    public static string TextOf(long place)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, place);
        return Base64Url.EncodeToString(bytes);
    }

    private static bool TryCursor(string text, out long place)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        var valid = Paging.TryCursor(text, bytes);
        place = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return valid && place >= 0;
    }

    private static (RecipientQuery?, ProblemAnswer?) Wrong(string detail) =>
        (null, Problems.Bad(detail));
}
