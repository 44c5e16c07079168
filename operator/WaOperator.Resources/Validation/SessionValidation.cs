namespace WaOperator.Resources;

/// <summary>Repeats every rule of the session's schema, for servers that lack some and for objects older than a rule.</summary>
public static class SessionValidation
{
    /// <summary>The rules that <paramref name="session"/> breaks; none when it is valid.</summary>
    public static IReadOnlyList<Violation> Validate(WhatsAppSession session)
    {
        var check = new Checker();
        var spec = session.Spec;
        check.Text("metadata.name", session.Metadata.Name, 0, 63);
        check.Text("spec.tenantRef.name", spec.TenantRef.Name, 1, 63, Patterns.ObjectName);
        check.Text("spec.phoneNumber", spec.PhoneNumber, 0, 15, Patterns.Phone);
        check.OneOf("spec.state", spec.State, DesiredStates.Active, DesiredStates.Stopped);
        check.OneOf(
            "spec.pairing.method",
            spec.Pairing.Method,
            PairingMethods.Qr,
            PairingMethods.Code
        );
        check.Text("spec.pairing.deviceName", spec.Pairing.DeviceName, 1, 50, Patterns.Line);
        check.OneOf(
            "spec.pairing.passkeyCode",
            spec.Pairing.PasskeyCode,
            PasskeyCodes.Auto,
            PasskeyCodes.Compare
        );
        check.OneOf(
            "spec.history",
            spec.History,
            HistoryDepths.None,
            HistoryDepths.Recent,
            HistoryDepths.Full
        );
        check.Text("spec.pool", spec.Pool, 1, 40, Patterns.PoolName);
        check.Number("spec.priority", spec.Priority, -1000, 1000);
        check.Amount("spec.memoryEstimate", spec.MemoryEstimate, Patterns.Memory);
        check.Secret("spec.proxySecretRef", spec.ProxySecretRef);
        check.OneOf(
            "spec.deletionPolicy",
            spec.DeletionPolicy,
            DeletionPolicies.Unlink,
            DeletionPolicies.Retain
        );
        return check.Found;
    }

    /// <summary>
    /// The immutable fields that differ between what the session was made with and what it says now. Rules of
    /// <see cref="Validate"/> are not repeated.
    /// </summary>
    /// <param name="madeWithTenant">Name of the tenant that it was made for.</param>
    /// <param name="madeWithPhone">Number of the phone that it was made for.</param>
    /// <param name="now">The session as it is now.</param>
    public static IReadOnlyList<Violation> ValidateUpdate(
        string madeWithTenant,
        string madeWithPhone,
        SessionSpec now
    )
    {
        var check = new Checker();
        check.Rule(
            "spec.tenantRef",
            now.TenantRef.Name == madeWithTenant,
            "tenantRef is immutable; delete the session and create a new one for another tenant"
        );
        check.Rule(
            "spec.phoneNumber",
            now.PhoneNumber == madeWithPhone,
            "phoneNumber is immutable; delete the session and create a new one for another phone"
        );
        return check.Found;
    }

    /// <inheritdoc cref="ValidateUpdate(string, string, SessionSpec)"/>
    /// <param name="before">The session before the change.</param>
    /// <param name="now">The session after it.</param>
    public static IReadOnlyList<Violation> ValidateUpdate(
        WhatsAppSession before,
        WhatsAppSession now
    ) => ValidateUpdate(before.Spec.TenantRef.Name, before.Spec.PhoneNumber, now.Spec);
}
