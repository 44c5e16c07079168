using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using WaOperator.Api;
using WaOperator.Gateway.Options;

namespace WaOperator.Gateway.Hosting;

/// <summary>
/// The certificate of the API's port, from files that a Secret is mounted as. They are looked at by the handshakes, no more often than
/// every few seconds, and read again when they have changed; files that cannot be read leave the former certificate in use.
/// </summary>
internal sealed partial class TlsFiles
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _turn = new();
    private SslServerAuthenticationOptions _current;
    private (DateTime Certificate, DateTime Key) _seen;
    private long _looked;

    /// <summary>Reads the files.</summary>
    /// <exception cref="StartRefusedException">They cannot be read, or do not fit together.</exception>
    public TlsFiles(
        string certificateFile,
        string keyFile,
        TimeProvider time,
        ILogger<TlsFiles> logger
    )
    {
        (_certificateFile, _keyFile, _time, _logger) = (certificateFile, keyFile, time, logger);
        _looked = time.GetTimestamp();
        try
        {
            _seen = Stamps();
            _current = Load();
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new StartRefusedException(
                $"{GatewayEnvironment.TlsCertificateFile} is {certificateFile} and {GatewayEnvironment.TlsKeyFile} is {keyFile}: {e.Message}"
            );
        }
    }

    /// <summary>What to show in a handshake now.</summary>
    public SslServerAuthenticationOptions Current()
    {
        lock (_turn)
        {
            if (_time.GetElapsedTime(_looked) < LookEvery)
                return _current;
            _looked = _time.GetTimestamp();
            try
            {
                var stamps = Stamps();
                if (stamps != _seen)
                {
                    _current = Load();
                    _seen = stamps;
                    Log.Loaded(_logger, _certificateFile);
                }
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                Log.Refused(_logger, _certificateFile, e.Message);
            }
            return _current;
        }
    }

    // The symbolic links of a mounted Secret keep their own time when what they lead to changes.
    private (DateTime, DateTime) Stamps() => (Stamp(_certificateFile), Stamp(_keyFile));

    private static DateTime Stamp(string file) =>
        (
            File.ResolveLinkTarget(file, returnFinalTarget: true) ?? new FileInfo(file)
        ).LastWriteTimeUtc;

    private SslServerAuthenticationOptions Load()
    {
        using var pem = X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
        // A key that is only in memory is not taken by every TLS library.
        var own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificateFile);
        return new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(
                own,
                [.. chain.Skip(1)],
                offline: true
            ),
        };
    }

    private static bool IsUnreadable(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException;

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.TlsFilesLoaded,
            LogLevel.Information,
            "the certificate in {File} has changed and is in use"
        )]
        public static partial void Loaded(ILogger logger, string file);

        [LoggerMessage(
            EventIds.TlsFilesRefused,
            LogLevel.Warning,
            "the certificate in {File} cannot be used, the former one stays: {Why}"
        )]
        public static partial void Refused(ILogger logger, string file, string why);
    }
}
