using System.Runtime.InteropServices;

namespace WaOperator.WhatsApp.Crypto;

/// <summary>The few functions of libsodium that .NET has no counterpart of.</summary>
internal static partial class Sodium
{
    // The file of the package libsodium, which the runtime finds beside the program or under runtimes/.
    private const string Library = "libsodium";

    static Sodium()
    {
        if (sodium_init() < 0)
            throw new InvalidOperationException("libsodium could not be initialised.");
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_curve25519(
        Span<byte> shared,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> point
    );

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_curve25519_base(
        Span<byte> point,
        ReadOnlySpan<byte> secret
    );

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_ed25519_base_noclamp(
        Span<byte> point,
        ReadOnlySpan<byte> scalar
    );

    [LibraryImport(Library)]
    public static partial void crypto_core_ed25519_scalar_reduce(
        Span<byte> reduced,
        ReadOnlySpan<byte> wide
    );

    [LibraryImport(Library)]
    public static partial void crypto_core_ed25519_scalar_mul(
        Span<byte> z,
        ReadOnlySpan<byte> x,
        ReadOnlySpan<byte> y
    );

    [LibraryImport(Library)]
    public static partial void crypto_core_ed25519_scalar_add(
        Span<byte> z,
        ReadOnlySpan<byte> x,
        ReadOnlySpan<byte> y
    );

    [LibraryImport(Library)]
    public static partial int crypto_sign_ed25519_verify_detached(
        ReadOnlySpan<byte> signature,
        ReadOnlySpan<byte> message,
        ulong length,
        ReadOnlySpan<byte> key
    );
}
