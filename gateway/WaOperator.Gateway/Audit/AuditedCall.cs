using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>What becomes known of a request while it is answered, as far as the audit tells it.</summary>
internal sealed class AuditedCall
{
    /// <summary>What its key opens; none before the key was looked at, and for one that opens nothing.</summary>
    public IReadOnlyList<KeyGrant> Grants { get; set; } = [];

    /// <summary>The tenant whose session it is about: its key in the database. Null: all that the key opens.</summary>
    public long? Tenant { get; set; }

    /// <summary>The session that it is about, if its path does not name it.</summary>
    public SessionName? Session { get; set; }

    /// <summary>What it has in the place of a key, for people; null for a key.</summary>
    public string? InPlaceOfKey { get; set; }

    /// <summary>The id of the one message or file that it is about, if its path does not name it.</summary>
    public string? Subject { get; set; }

    /// <summary>It was noted: an answer is told once.</summary>
    public bool IsNoted { get; set; }
}

/// <summary>The audit's part of a request.</summary>
internal static class AuditedCallExtensions
{
    /// <summary>What the audit will tell of it; null on a port that it does not watch.</summary>
    public static AuditedCall? Audited(this HttpContext http) => http.Features.Get<AuditedCall>();
}
