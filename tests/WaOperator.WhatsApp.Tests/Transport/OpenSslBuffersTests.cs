using System.Runtime.InteropServices;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Transport;

/// <summary>Idle TLS connections hold no buffers: OpenSSL itself is asked for the mode of its contexts.</summary>
public sealed partial class OpenSslBuffersTests
{
    private const int ControlMode = 33;
    private const int ModeReleaseBuffers = 0x10;

    [Fact]
    public void Contexts_made_from_now_on_release_the_buffers_of_idle_connections()
    {
        OpenSslBuffers.ReleaseWhenIdle().ShouldBeTrue();
        var context = SSL_CTX_new(TLS_client_method());
        try
        {
            var mode = (int)SSL_CTX_ctrl(context, ControlMode, 0, 0);
            (mode & ModeReleaseBuffers).ShouldBe(ModeReleaseBuffers);
        }
        finally
        {
            SSL_CTX_free(context);
        }
    }

    [LibraryImport("libssl.so.3")]
    private static partial nint TLS_client_method();

    [LibraryImport("libssl.so.3")]
    private static partial nint SSL_CTX_new(nint method);

    [LibraryImport("libssl.so.3")]
    private static partial nint SSL_CTX_ctrl(nint context, int command, nint number, nint pointer);

    [LibraryImport("libssl.so.3")]
    private static partial void SSL_CTX_free(nint context);
}
