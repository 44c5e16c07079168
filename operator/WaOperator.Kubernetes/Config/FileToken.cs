using System.Net.Http.Headers;
using k8s.Exceptions;

namespace WaOperator.Kubernetes.Config;

/// <summary>
/// A token in a file that is rotated, as the kubelet does: read again every minute, and at once when the server refuses the
/// one that was read. The library's own reader has no clock to test with, fails while the file is being exchanged, and knows
/// nothing of a refusal.
/// </summary>
internal sealed class FileToken(string path, TimeProvider? time) : IRenewableToken
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private volatile Reading? _last;

    private sealed record Reading(string Token, long At);

    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken ct)
    {
        var last = _last;
        var token =
            last is not null && _time.GetElapsedTime(last.At) < Period ? last.Token : Read();
        return Task.FromResult(new AuthenticationHeaderValue("Bearer", token));
    }

    public Task<bool> TryRenewAsync(string token, CancellationToken ct) =>
        Task.FromResult(Read() != token);

    /// <summary>Reads the file now.</summary>
    /// <exception cref="KubeConfigException">It cannot be read, and never could.</exception>
    public string Read()
    {
        var last = _last;
        try
        {
            var token = File.ReadAllText(path).Trim();
            if (token.Length == 0)
                throw new KubeConfigException($"the token file {path} is empty");
            _last = new(token, _time.GetTimestamp());
            return token;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException && last is not null)
        {
            // The file is being exchanged just now; the token that was read last is most likely still good.
            return last.Token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"the token file {path} cannot be read: {e.Message}", e);
        }
    }
}
