using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary>Something that goes wrong, or that a person does, and how it is put right.</summary>
internal abstract class Fault
{
    /// <summary>In a few words, for the progress lines.</summary>
    public abstract string What { get; }

    /// <summary>Looks up what it needs, so that the injection itself is quick.</summary>
    public virtual Task PrepareAsync(Scene scene) => Task.CompletedTask;

    /// <summary>Does it.</summary>
    public abstract Task InjectAsync(Scene scene);

    /// <summary>Puts it right. Harmless where there is nothing to put right.</summary>
    public virtual Task HealAsync(Scene scene) => Task.CompletedTask;
}
