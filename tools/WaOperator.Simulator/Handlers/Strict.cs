using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>
/// Refuses what is not done. A server that takes a request and does only a part of it says to its client that the whole was
/// done; each handler therefore names what it reads, and everything else of the request is answered with 501.
/// </summary>
internal static class Strict
{
    /// <summary>A child may have these attributes, and be of these tags.</summary>
    /// <exception cref="RefusedException">501: something else is there.</exception>
    public static void Only(
        BinaryNode node,
        ReadOnlySpan<string> attributes,
        ReadOnlySpan<string> children
    )
    {
        foreach (var (name, _) in node.Attributes)
        {
            if (!Contains(attributes, name))
                throw RefusedException.NotImplemented($"{node.Tag} with {name}");
        }
        foreach (var child in node.Children)
        {
            if (!Contains(children, child.Tag))
                throw RefusedException.NotImplemented($"{node.Tag} > {child.Tag}");
        }
    }

    /// <summary>The request is of this type and has this child alone.</summary>
    /// <exception cref="RefusedException">501: it is another one.</exception>
    public static BinaryNode Child(BinaryNode iq, string type, string tag) =>
        iq["type"] == type && iq.Children is [var only] && only.Tag == tag
            ? only
            : throw RefusedException.NotImplemented(
                $"{iq["type"]} {string.Join('+', iq.Children.Select(c => c.Tag))}"
            );

    private static bool Contains(ReadOnlySpan<string> names, string name)
    {
        foreach (var one in names)
        {
            if (one == name)
                return true;
        }
        return false;
    }
}
