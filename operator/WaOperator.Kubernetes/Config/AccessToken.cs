namespace WaOperator.Kubernetes.Config;

/// <summary>A source of bearer tokens.</summary>
public abstract class AccessToken
{
    /// <summary>The token to send now.</summary>
    /// <exception cref="KubeConfigException">There is none.</exception>
    public abstract string Get();

    /// <summary>The server refused <paramref name="token"/>. True when there is another one to try now.</summary>
    public virtual bool TryReplace(string token) => false;

    /// <summary>A token that never changes.</summary>
    public static AccessToken Fixed(string token) => new FixedToken(token);

    /// <summary>
    /// A token in a file that somebody rotates, as the kubelet does: read again every minute, and at once when the
    /// server refuses the one that was read.
    /// </summary>
    public static AccessToken FromFile(string path, TimeProvider? time = null) =>
        new FileToken(path, time ?? TimeProvider.System);

    private sealed class FixedToken(string token) : AccessToken
    {
        public override string Get() => token;
    }

    private sealed class FileToken(string path, TimeProvider time) : AccessToken
    {
        private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

        private sealed record Reading(string Token, long At);

        private volatile Reading? _last;

        public override string Get()
        {
            var last = _last;
            return last is not null && time.GetElapsedTime(last.At) < Period
                ? last.Token
                : Read(last);
        }

        public override bool TryReplace(string token) => Read(_last) != token;

        private string Read(Reading? last)
        {
            try
            {
                var token = File.ReadAllText(path).Trim();
                if (token.Length == 0)
                    throw new KubeConfigException($"the token file {path} is empty");
                _last = new(token, time.GetTimestamp());
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
                throw new KubeConfigException(
                    $"the token file {path} cannot be read: {e.Message}",
                    e
                );
            }
        }
    }
}
