namespace WaOperator.Resources;

/// <summary>Who issues JSON Web Tokens (RFC 7519) that open a tenant's API.</summary>
public sealed record TokenIssuer
{
    /// <summary>The claim that names the tenant where none is given.</summary>
    public const string DefaultClaim = "tenant";

    /// <summary>The claim <c>iss</c> of its tokens.</summary>
    public string Issuer
    {
        get => field ?? "";
        init;
    }

    /// <summary>What is in the claim <c>aud</c> of its tokens.</summary>
    public string Audience
    {
        get => field ?? "";
        init;
    }

    /// <summary>Its public keys, as a JSON Web Key Set (RFC 7517).</summary>
    public SecretKeyReference KeysSecretRef
    {
        get => field ?? new();
        init;
    }

    /// <summary>The claim that names the tenant; <see cref="DefaultClaim"/> when left out.</summary>
    public string? Claim { get; init; }

    /// <summary>What its tokens may be used for at most; everything when empty. At most 32.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Issuer} for {Audience}";
}
