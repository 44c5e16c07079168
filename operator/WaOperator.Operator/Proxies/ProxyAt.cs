using WaOperator.Resources;

namespace WaOperator.Operator.Proxies;

/// <summary>Where proxies are declared: a value of a Secret.</summary>
/// <param name="Namespace">Namespace of the Secret, and of the sessions.</param>
/// <param name="Secret">Its name.</param>
/// <param name="Key">The key in its data.</param>
public readonly record struct ProxyAt(string Namespace, string Secret, string Key)
{
    /// <summary>Where a session declares its proxy; null: nowhere.</summary>
    public static ProxyAt? Of(WhatsAppSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return session.Spec.ProxySecretRef is { } at
            ? new(session.Metadata.Namespace ?? "", at.Name, at.Key)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Secret}/{Key}";
}
