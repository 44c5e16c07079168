namespace WaOperator.Fuzz;

/// <summary>One mutated input.</summary>
/// <param name="Bytes">It.</param>
/// <param name="Kind">Which of a parser's entrances it is for; each parser counts its own.</param>
internal readonly record struct Input(byte[] Bytes, int Kind = 0);

/// <summary>A parser of what strangers send. One object serves all threads.</summary>
internal abstract class Target
{
    /// <summary>A short name without spaces.</summary>
    public abstract string Name { get; }

    /// <summary>Makes an input. The same random numbers make the same one.</summary>
    public abstract Input Make(Random random);

    /// <summary>Parses it as the product does.</summary>
    public abstract void Parse(Input input);

    /// <summary>Whether the parser says that it may refuse an input so.</summary>
    public abstract bool IsRefusal(Exception exception);

    /// <summary>How many bytes the thread may allocate while it parses this input.</summary>
    public abstract long MaxAllocated(Input input);
}

/// <summary>A parser that answers with a value refuses an input.</summary>
internal sealed class RefusedException(string why) : Exception(why);
