namespace WaOperator.Kubernetes.LeaderElection;

/// <summary>
/// Whether a candidate could do the leader's work. A leader that cannot offers its lease; a candidate that can asks for it. So the
/// lead moves only to where the work can be done, and stays where it is when nobody could.
/// </summary>
public interface IFitness
{
    /// <summary>
    /// Timestamp, by the elector's clock, from before the last proof that succeeded was begun; null before the first. Asked often,
    /// never blocks.
    /// </summary>
    long? ProvenAt { get; }
}
