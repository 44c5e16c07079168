using System.Text.Json.Nodes;
using WaOperator.Api;
using WaOperator.PhoneNumbers;
using WaOperator.Resources;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Makes a session's resource of a request, and a change of one. Pure.</summary>
internal static class SessionDraft
{
    private const int MaxLabels = 32;

    /// <summary>Domains of labels that programs of the cluster set and read: they are not a tenant's to set.</summary>
    private static readonly string[] ReservedDomains =
    [
        "kubernetes.io",
        "k8s.io",
        "argoproj.io",
        "fluxcd.io",
        "helm.sh",
        WhatsAppApi.Group,
    ];

    /// <summary>A new session.</summary>
    /// <param name="asked">What is asked for.</param>
    /// <param name="tenant">Whose it will be.</param>
    /// <param name="errors">Which parts of the request are wrong; none for a draft that may be created.</param>
    public static SessionResource Create(
        CreateSessionRequest asked,
        TenantName tenant,
        out IReadOnlyList<ProblemError> errors
    )
    {
        var wrong = new List<ProblemError>();
        if (asked.Name is not { Length: > 0 } name)
            wrong.Add(new("#/name", "is missing"));
        else if (!SessionQuery.IsName(name))
            wrong.Add(
                new(
                    "#/name",
                    "must be lower case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                )
            );
        var phone = "";
        if (asked.Phone is null)
            wrong.Add(new("#/phone", "is missing"));
        else if (!PhoneNumberReader.TryRead(asked.Phone, out phone, out var problem))
            wrong.Add(new("#/phone", problem!));
        var spec = new JsonObject
        {
            ["tenantRef"] = new JsonObject { ["name"] = tenant.Name },
            ["phoneNumber"] = phone,
        };
        Fill(spec, asked.State, asked.Pairing, asked.History, asked.Pool, asked.DeletionPolicy);
        wrong.AddRange(WrongLabels(asked.Labels));
        var draft = new SessionResource
        {
            Metadata = new()
            {
                Name = asked.Name,
                Namespace = tenant.Namespace,
                Labels = new(asked.Labels ?? [], StringComparer.Ordinal)
                {
                    [Labels.ManagedBy] = SessionOwnership.Manager,
                },
            },
            Spec = spec,
        };
        if (wrong.Count == 0)
            wrong.AddRange(Violations(draft));
        errors = wrong;
        return draft;
    }

    /// <summary>A change of a session.</summary>
    /// <param name="asked">What is asked for.</param>
    /// <param name="now">The session as it is.</param>
    /// <param name="errors">Which parts of the request are wrong; none for a change that may be made.</param>
    public static SessionChange Patch(
        PatchSessionRequest asked,
        SessionResource now,
        out IReadOnlyList<ProblemError> errors
    )
    {
        var wrong = new List<ProblemError>(WrongLabels(asked.Labels));
        var spec = new JsonObject();
        Fill(spec, asked.State, asked.Pairing, asked.History, asked.Pool, asked.DeletionPolicy);
        var desired = now.Desired();
        var next = desired with
        {
            State = asked.State ?? desired.State,
            History = asked.History ?? desired.History,
            Pool = asked.Pool ?? desired.Pool,
            DeletionPolicy = asked.DeletionPolicy ?? desired.DeletionPolicy,
            Pairing = new()
            {
                Method = asked.Pairing?.Method ?? desired.Pairing.Method,
                DeviceName = asked.Pairing?.DeviceName ?? desired.Pairing.DeviceName,
                PasskeyCode = asked.Pairing?.PasskeyCode ?? desired.Pairing.PasskeyCode,
            },
        };
        wrong.AddRange(
            Violations(now with { Spec = spec }, SessionValidation.Validate(Whole(now, next)))
        );
        errors = wrong;
        return new SessionChange(Differing(spec, desired), null).With(
            Labelled(asked.Labels, now.Metadata)
        );
    }

    /// <summary>Stops or starts a session.</summary>
    public static SessionChange State(string state, SessionResource now) =>
        Patch(new() { State = state }, now, out _);

    /// <summary>Asks for a new round of codes.</summary>
    /// <param name="method">QR or Code; null: as the session has it.</param>
    /// <param name="request">The mark of the round.</param>
    /// <param name="now">The session as it is.</param>
    public static SessionChange Round(string? method, string request, SessionResource now) =>
        Patch(new() { Pairing = new() { Method = method } }, now, out _)
            .With(new() { ["annotations"] = new JsonObject { [Annotations.Pair] = request } });

    /// <summary>Asks that the device be taken off.</summary>
    /// <param name="at">Devices that were linked before are meant.</param>
    public static SessionChange Logout(string at) =>
        new(null, new() { ["annotations"] = new JsonObject { [Annotations.Logout] = at } });

    private static void Fill(
        JsonObject spec,
        string? state,
        PairingWish? pairing,
        string? history,
        string? pool,
        string? deletionPolicy
    )
    {
        Put(spec, "state", state);
        Put(spec, "history", history);
        Put(spec, "pool", pool);
        Put(spec, "deletionPolicy", deletionPolicy);
        if (pairing is not { Method: null, DeviceName: null, PasskeyCode: null } and not null)
        {
            var inner = new JsonObject();
            Put(inner, "method", pairing.Method);
            Put(inner, "deviceName", pairing.DeviceName);
            Put(inner, "passkeyCode", pairing.PasskeyCode);
            spec["pairing"] = inner;
        }
    }

    private static void Put(JsonObject at, string name, string? value)
    {
        if (value is not null)
            at[name] = value;
    }

    private static JsonObject Differing(JsonObject asked, SessionSpec now)
    {
        var there = new JsonObject
        {
            ["state"] = now.State,
            ["history"] = now.History,
            ["pool"] = now.Pool,
            ["deletionPolicy"] = now.DeletionPolicy,
            ["pairing"] = new JsonObject
            {
                ["method"] = now.Pairing.Method,
                ["deviceName"] = now.Pairing.DeviceName,
                ["passkeyCode"] = now.Pairing.PasskeyCode,
            },
        };
        return Without(asked, there);
    }

    private static JsonObject Without(JsonObject asked, JsonObject there)
    {
        var left = new JsonObject();
        foreach (var (name, value) in asked)
            if (value is JsonObject inner)
            {
                if (Without(inner, (JsonObject)there[name]!) is { Count: > 0 } differing)
                    left[name] = differing;
            }
            else if (!JsonNode.DeepEquals(value, there[name]))
                left[name] = value?.DeepClone();
        return left;
    }

    private static JsonObject? Labelled(Dictionary<string, string?>? asked, ManagedMeta meta)
    {
        var labels = new JsonObject();
        foreach (var (name, value) in asked ?? [])
            if (value != meta.Label(name))
                labels[name] = value;
        return labels.Count == 0 ? null : new JsonObject { ["labels"] = labels };
    }

    private static IEnumerable<ProblemError> WrongLabels<T>(Dictionary<string, T>? labels)
    {
        if (labels is { Count: > MaxLabels })
            yield return new(
                "#/labels",
                $"has {labels.Count} labels; at most {MaxLabels} are taken"
            );
        foreach (var (name, _) in labels ?? [])
            if (ReservedDomains.FirstOrDefault(d => IsOf(name, d)) is { } domain)
                yield return new(
                    $"#/labels/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}",
                    $"labels of {domain} belong to programs of the cluster; take a name of your own"
                );
    }

    private static bool IsOf(string label, string domain)
    {
        var slash = label.IndexOf('/', StringComparison.Ordinal);
        var prefix = slash < 0 ? "" : label[..slash];
        return prefix.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || prefix.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<ProblemError> Violations(SessionResource draft) =>
        Violations(draft, SessionValidation.Validate(Whole(draft, draft.Desired())));

    // Only what the request says is the caller's to mend.
    private static IEnumerable<ProblemError> Violations(
        SessionResource asked,
        IReadOnlyList<Violation> violations
    ) =>
        violations
            .Where(v =>
                v.Path.StartsWith("metadata.", StringComparison.Ordinal)
                || v.Path.Split('.') is ["spec", var field, ..] && asked.Spec!.ContainsKey(field)
            )
            .Select(v => new ProblemError(PointerOf(v.Path), v.Message));

    /// <summary>Where in a request stands what a resource has at a path.</summary>
    public static string PointerOf(string path) =>
        path switch
        {
            "metadata.name" => "#/name",
            "spec.phoneNumber" => "#/phone",
            _ when path.StartsWith("metadata.labels", StringComparison.Ordinal) => "#/labels",
            _ when path.StartsWith("spec.", StringComparison.Ordinal) =>
                $"#/{path["spec.".Length..].Replace('.', '/')}",
            _ => "#",
        };

    private static WhatsAppSession Whole(SessionResource session, SessionSpec spec) =>
        new()
        {
            Metadata = new()
            {
                Name = session.Metadata.Name,
                Namespace = session.Metadata.Namespace,
            },
            Spec = spec,
        };
}
