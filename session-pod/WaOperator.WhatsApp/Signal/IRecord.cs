namespace WaOperator.WhatsApp.Signal;

/// <summary>A value that can be stored. It does not change; disposing it zeroes what is secret in it.</summary>
internal interface IRecord : IDisposable
{
    byte[] Serialize();

    /// <summary>About how many bytes it takes in memory. Others may ask for it while it is used.</summary>
    long HeldBytes { get; }
}
