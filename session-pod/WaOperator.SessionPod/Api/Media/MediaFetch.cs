using System.Net;
using WaOperator.Api;
using WaOperator.Api.Egress;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>
/// Fetches a file from an address that a tenant names, and takes it to WhatsApp's media hosts while it comes. Connects to public hosts
/// alone (<see cref="EgressRules"/>); what it says of a failure tells nothing about any other.
/// </summary>
internal sealed class MediaFetch(PodOptions options, MediaIntake intake, TimeProvider time)
    : IDisposable
{
    /// <summary>The longest file that is fetched, in bytes.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>How long it may take in all.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Lazy<HttpClient> _http = new(() => Make(options));

    /// <summary>Fetches a file.</summary>
    /// <param name="session">Whose it is to be.</param>
    /// <param name="use">As what it is to be sent.</param>
    /// <param name="address">Where it is; any text.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The file, or why there is none.</returns>
    public async Task<(StoredMedia? Media, ProblemAnswer? Refusal)> FetchAsync(
        IServedSession session,
        MediaUse use,
        string address,
        CancellationToken ct
    )
    {
        if (!options.AllowMediaUrls)
            return (null, Problems.NoMediaUrls());
        if (options.Egress.Read(address, out var url) is { } wrong)
            return (null, Problems.BadMediaUrl($"\"url\" {wrong}"));
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            return await AskAsync(session, use, url, either.Token);
        }
        catch (HttpRequestException e) when (e.InnerException is EgressRefusedException refused)
        {
            return (null, Problems.BadMediaUrl($"\"url\" cannot be used: {refused.Message}"));
        }
        catch (HttpRequestException e)
        {
            return (null, Failed(url, Explain(e.HttpRequestError), retryable: true));
        }
        catch (IOException)
        {
            return (null, Failed(url, "the connection ended early", retryable: true));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (
                null,
                Failed(url, $"it took more than {Limit.TotalSeconds:0} s", retryable: true)
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_http.IsValueCreated)
            _http.Value.Dispose();
    }

    private async Task<(StoredMedia? Media, ProblemAnswer? Refusal)> AskAsync(
        IServedSession session,
        MediaUse use,
        Uri url,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.ParseAdd("WaOperator");
        request.Headers.Accept.ParseAdd("*/*");
        using var response = await _http.Value.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            ct
        );
        if (Judge(url, response) is { } failed)
            return (null, failed);
        var told = response.Content.Headers.ContentType?.ToString();
        if (UploadRequest.Read(null, told, out var upload) is { } wrong)
            return (null, wrong);
        var refusal = intake.Begin(
            session,
            response.Content.Headers.ContentLength,
            Math.Min(MaxBytes, UploadRequest.Most(options, use)),
            out var begun
        );
        if (refusal is not null)
            return (null, refusal);
        using var taking = begun;
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        return await taking.RunAsync(upload with { Use = use }, body, ct);
    }

    private static ProblemAnswer? Judge(Uri url, HttpResponseMessage response) =>
        response switch
        {
            { StatusCode: HttpStatusCode.OK, Content.Headers.ContentEncoding.Count: > 0 } => Failed(
                url,
                "it answers with a compressed file, which was not asked for",
                retryable: false
            ),
            { StatusCode: HttpStatusCode.OK } => null,
            { StatusCode: >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest } =>
                Problems.BadMediaUrl(
                    "\"url\" leads to another address, which is not followed; give that one"
                ),
            _ => Failed(
                url,
                $"it answers HTTP {(int)response.StatusCode}",
                retryable: response.StatusCode
                    is HttpStatusCode.RequestTimeout
                        or HttpStatusCode.TooManyRequests
                        or >= HttpStatusCode.InternalServerError
            ),
        };

    private static string Explain(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => "its name cannot be resolved",
            HttpRequestError.SecureConnectionError =>
                "its certificate is not trusted, or TLS failed",
            HttpRequestError.ConnectionError => "no connection could be made",
            _ => "its answer cannot be read",
        };

    private static ProblemAnswer Failed(Uri url, string why, bool retryable) =>
        Problems.MediaNotFetched($"{url.IdnHost}: {why}", retryable);

    private static HttpClient Make(PodOptions options) =>
        EgressHttp.Create(
            options.Egress,
            caPem: options.EgressCaFile is { } file ? File.ReadAllText(file) : null
        );
}
