using System.Runtime.InteropServices;

namespace WaOperator.Sealing;

/// <summary>libsodium's sealed boxes and signatures.</summary>
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
    public static partial int crypto_box_keypair(Span<byte> publicKey, Span<byte> privateKey);

    [LibraryImport(Library)]
    public static partial int crypto_box_seal(
        Span<byte> box,
        ReadOnlySpan<byte> plain,
        ulong length,
        ReadOnlySpan<byte> publicKey
    );

    [LibraryImport(Library)]
    public static partial int crypto_box_seal_open(
        Span<byte> plain,
        ReadOnlySpan<byte> box,
        ulong length,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> privateKey
    );

    [LibraryImport(Library)]
    public static partial int crypto_sign_seed_keypair(
        Span<byte> publicKey,
        Span<byte> key,
        ReadOnlySpan<byte> seed
    );

    [LibraryImport(Library)]
    public static partial int crypto_sign_detached(
        Span<byte> signature,
        nint signatureLength,
        ReadOnlySpan<byte> message,
        ulong length,
        ReadOnlySpan<byte> key
    );
}
