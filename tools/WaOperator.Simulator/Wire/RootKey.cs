using System.Security.Cryptography;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Wire;

/// <summary>The root that signs the server's Noise certificates. Its public key is what clients are told to trust.</summary>
internal static class RootKey
{
    private const string FileName = "root-key";

    /// <summary>Reads the private key, or makes one and keeps it where the options say; writes the public key out.</summary>
    /// <exception cref="FormatException">The file holds no 64 hex digits.</exception>
    public static KeyPair Load(SimulatorOptions options)
    {
        var file =
            options.RootKey ?? (options.State is { } state ? Path.Combine(state, FileName) : null);
        var pair = file is not null && File.Exists(file) ? Read(file) : Make(file);
        if (options.RootKeyOut is { } output)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
            File.WriteAllText(output, Convert.ToHexStringLower(pair.Public) + "\n");
        }
        return pair;
    }

    private static KeyPair Read(string file)
    {
        var text = File.ReadAllText(file).Trim();
        if (text.Length != 2 * Curve25519.KeySize || !text.All(char.IsAsciiHexDigit))
            throw new FormatException($"{file} does not hold a root key of 64 hex digits");
        return KeyPair.FromPrivate(Convert.FromHexString(text));
    }

    private static KeyPair Make(string? file)
    {
        var pair = KeyPair.FromPrivate(RandomNumberGenerator.GetBytes(Curve25519.KeySize));
        if (file is not null)
            Storage.AtomicFile.Write(file, Convert.ToHexStringLower(pair.Private) + "\n");
        return pair;
    }
}
