using System.Runtime.InteropServices;

namespace WaOperator.WhatsApp.Transport;

/// <summary>
/// OpenSSL holds two buffers of 17 KB for each TLS connection from the handshake to the end, unless its mode says that a
/// connection gives them back whenever they are empty. .NET leaves that mode off and has no option for it; OpenSSL, however,
/// reports each TLS context that is made, and a context hands its mode down to its connections.
/// </summary>
internal static unsafe class OpenSslBuffers
{
    // Of openssl/crypto.h and openssl/ssl.h, the same in all versions that .NET works with.
    private const int ClassOfContexts = 1;
    private const int ControlMode = 33;
    private const int ModeReleaseBuffers = 0x10;

    private static readonly delegate* unmanaged<nint, int, nint, nint, nint> Control;
    private static readonly bool Watching;

    static OpenSslBuffers()
    {
        // The library that .NET itself loads; where it is another one (Windows, macOS) there is nothing to do.
        if (!NativeLibrary.TryLoad("libssl.so.3", out var library))
            return;
        Control = (delegate* unmanaged<nint, int, nint, nint, nint>)
            NativeLibrary.GetExport(library, "SSL_CTX_ctrl");
        var watch = (delegate* unmanaged<
            int,
            nint,
            nint,
            delegate* unmanaged<nint, nint, nint, int, nint, nint, void>,
            nint,
            nint,
            int>)
            NativeLibrary.GetExport(library, "CRYPTO_get_ex_new_index");
        Watching = watch(ClassOfContexts, 0, 0, &Made, 0, 0) >= 0;
    }

    /// <summary>From now on the TLS contexts that this process makes let idle connections release their buffers.</summary>
    /// <returns>False where there is no such OpenSSL.</returns>
    public static bool ReleaseWhenIdle() => Watching;

    [UnmanagedCallersOnly]
    private static void Made(
        nint context,
        nint value,
        nint data,
        int index,
        nint number,
        nint pointer
    ) => Control(context, ControlMode, ModeReleaseBuffers, 0);
}
