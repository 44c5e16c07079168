using System.Reflection;
using System.Runtime.InteropServices;

namespace WaOperator.WhatsApp.Crypto;

/// <summary>The few functions of libsodium that .NET has no counterpart of.</summary>
internal static partial class Sodium
{
    private const string Library = "sodium";

    private static readonly string[] Names =
    [
        "libsodium.so.23",
        "libsodium.so.26",
        "libsodium.dylib",
        "libsodium",
    ];

    static Sodium()
    {
        NativeLibrary.SetDllImportResolver(typeof(Sodium).Assembly, Resolve);
        if (sodium_init() < 0)
            throw new InvalidOperationException("libsodium could not be initialised.");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        foreach (var candidate in Names)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
                return handle;
        }
        throw new DllNotFoundException(
            $"libsodium was not found (tried {string.Join(", ", Names)}). Install it: Debian's package is libsodium23."
        );
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
