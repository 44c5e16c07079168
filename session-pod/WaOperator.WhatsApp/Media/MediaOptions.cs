namespace WaOperator.WhatsApp.Media;

/// <summary>How files are transferred, for all sessions of a process together.</summary>
public sealed record MediaOptions
{
    /// <summary>How many transfers run at once; more wait. Each holds 128 KiB of buffers. Default 32; 1 to 1,024.</summary>
    public int MaxTransfers { get; init; } = 32;

    /// <summary>The largest file that is sent or received, in bytes. Default 2 GiB, as for documents of official clients; from 1 KiB.</summary>
    public long MaxBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>After how long without any progress a transfer tries another host. Default 30 s; 1 s to 10 min.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a transfer may take with all its tries, from the first request on. It bounds a host that trickles, and a
    /// stream that takes its time. Default 1 h; 1 min to 24 h.
    /// </summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a phone may take to upload a file again. Default 60 s; 1 s to 10 min.</summary>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Where an upload keeps the encrypted file until its hash, and so its name, is known. The file has no name there
    /// and is gone with the process. Default the system's folder for temporary files.
    /// </summary>
    public string TempFolder { get; init; } = Path.GetTempPath();

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (MaxTransfers is < 1 or > 1024)
            throw Invalid(nameof(MaxTransfers), MaxTransfers, "1 to 1024");
        if (MaxBytes < 1024)
            throw Invalid(nameof(MaxBytes), MaxBytes, "1024 or more");
        if (StallTimeout.TotalSeconds is < 1 or > 600)
            throw Invalid(nameof(StallTimeout), StallTimeout, "1 s to 600 s");
        if (TransferTimeout.TotalMinutes is < 1 or > 1440)
            throw Invalid(nameof(TransferTimeout), TransferTimeout, "1 min to 24 h");
        if (RetryTimeout.TotalSeconds is < 1 or > 600)
            throw Invalid(nameof(RetryTimeout), RetryTimeout, "1 s to 600 s");
        if (!Directory.Exists(TempFolder))
            throw Invalid(nameof(TempFolder), TempFolder, "a folder that exists");
    }

    private static ArgumentException Invalid(string name, object value, string allowed) =>
        new($"The media option {name} is {value}; it must be {allowed}.", name);
}
