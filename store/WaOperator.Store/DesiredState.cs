namespace WaOperator.Store;

/// <summary>What the operator wants of a session.</summary>
public enum DesiredState
{
    /// <summary>Connected, or pairing.</summary>
    Active,

    /// <summary>Its socket is closed; its keys stay.</summary>
    Stopped,

    /// <summary>Its resource is deleted: unlink the device if it is paired, then report it.</summary>
    Deleting,

    /// <summary>Its resource is gone; its keys wait to be adopted.</summary>
    Retained,
}
