using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Traffic;

namespace WaOperator.Chaos.Rows;

/// <summary>A row of the table: what is done, and what is aimed at.</summary>
internal abstract class Row
{
    private readonly Stack<Fault> _faults = new();

    public abstract string Name { get; }

    /// <summary>The aim in words, as in the table.</summary>
    public abstract string Aim { get; }

    /// <summary>The greatest time away that is aimed at.</summary>
    public virtual double? AimSeconds => null;

    /// <summary>Sessions go one after the other: each counts from the end of its own connection.</summary>
    public virtual bool Planned => false;

    /// <summary>Before the counting: what the repetition needs and what may disturb sessions.</summary>
    public virtual Task PrepareAsync(Scene scene, int repetition) => Task.CompletedTask;

    /// <summary>Who sends meanwhile.</summary>
    public virtual async Task<Senders> SendersAsync(Scene scene) =>
        new Writers(scene, await scene.ApiKeyAsync());

    /// <summary>Injects, and waits until every session is back.</summary>
    public abstract Task RunAsync(Scene scene, Trial trial, int repetition);

    /// <summary>Puts everything right, the latest first.</summary>
    public virtual async Task UndoAsync(Scene scene)
    {
        while (_faults.TryPop(out var fault))
            await fault.HealAsync(scene);
    }

    /// <summary>Once all is put right and calm again: what else must hold.</summary>
    public virtual Task CheckAsync(Scene scene, Trial trial, Senders senders) => Task.CompletedTask;

    /// <summary>Takes away what the row made for itself, whatever came of it.</summary>
    public virtual Task EndAsync(Scene scene) => Task.CompletedTask;

    /// <summary>Sets the stamp and injects.</summary>
    protected async Task<DateTimeOffset> InjectAsync(Scene scene, Trial trial, Fault fault)
    {
        await fault.PrepareAsync(scene);
        var stamp = await scene.Simulator.MarkAsync(trial.Label);
        await InjectAsync(scene, fault);
        return stamp;
    }

    /// <summary>Injects without a stamp.</summary>
    protected Task InjectAsync(Scene scene, Fault fault)
    {
        _faults.Push(fault);
        return fault.InjectAsync(scene);
    }

    /// <summary>Puts one fault right before the repetition ends.</summary>
    protected static Task HealAsync(Scene scene, Fault fault) => fault.HealAsync(scene);
}
