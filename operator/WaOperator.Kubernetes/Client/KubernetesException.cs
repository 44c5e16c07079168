using System.Net;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>The API server refused a request.</summary>
public sealed class KubernetesException : Exception
{
    /// <summary>Wraps what the server said.</summary>
    /// <param name="status">The server's words.</param>
    /// <param name="request">What was asked, such as <c>GET /api/v1/pods</c>.</param>
    /// <param name="retryAfter">The server's wish to be left alone.</param>
    public KubernetesException(Status status, string request, TimeSpan? retryAfter = null)
        : base(
            $"{request}: {status.Message ?? "no message"} ({status.Reason ?? "no reason"}, {status.Code})"
        )
    {
        Status = status;
        RetryAfter =
            retryAfter
            ?? (status.Details?.RetryAfterSeconds is { } s ? TimeSpan.FromSeconds(s) : null);
    }

    /// <summary>The whole answer.</summary>
    public Status Status { get; }

    /// <summary>HTTP status code.</summary>
    public HttpStatusCode Code => (HttpStatusCode)(Status.Code ?? 0);

    /// <summary>For programs, such as <c>AlreadyExists</c>.</summary>
    public string Reason => Status.Reason ?? "";

    /// <summary>How long the server wants to be left alone; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>No such object, or no such kind.</summary>
    public bool IsNotFound => Code == HttpStatusCode.NotFound;

    /// <summary>A precondition failed: the object changed in between, or another manager owns a field.</summary>
    public bool IsConflict => Code == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>The name is taken.</summary>
    public bool IsAlreadyExists => Reason == "AlreadyExists";

    /// <summary>The resourceVersion or list token is too old.</summary>
    public bool IsExpired => Code == HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    /// <summary>The server has never been where we are: its cache lags for long, or its data came back from a backup.</summary>
    public bool IsResourceVersionTooLarge => HasCause("ResourceVersionTooLarge");

    /// <summary>The object breaks a rule of its schema, or the request is malformed.</summary>
    public bool IsInvalid =>
        Code is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest;

    /// <summary>
    /// A rule, a permission, a quota or an admission plugin stands against the request, or a webhook that must be asked does
    /// not answer: the same request is refused again until a person changes something.
    /// </summary>
    public bool IsRefusal =>
        !IsNamespaceTerminating
        && (
            Code
                is HttpStatusCode.BadRequest
                    or HttpStatusCode.Forbidden
                    or HttpStatusCode.MethodNotAllowed
                    or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.UnsupportedMediaType
                    or HttpStatusCode.UnprocessableEntity
            || IsOfWebhook
        );

    /// <summary>A webhook may answer with any code, and one that is not there makes a 500.</summary>
    private bool IsOfWebhook =>
        Status.Message is { } words
        && (
            words.Contains("admission webhook", StringComparison.Ordinal)
            || words.Contains("failed calling webhook", StringComparison.Ordinal)
        );

    /// <summary>A permission is missing.</summary>
    public bool IsForbidden => Code == HttpStatusCode.Forbidden;

    /// <summary>The namespace is going away; nothing can be created in it.</summary>
    public bool IsNamespaceTerminating => IsForbidden && HasCause("NamespaceTerminating");

    private bool HasCause(string reason) =>
        Status.Details?.Causes?.Any(c => c.Reason == reason) == true;
}
