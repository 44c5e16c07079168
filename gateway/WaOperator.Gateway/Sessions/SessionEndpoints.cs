using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Description;
using WaOperator.Kubernetes.Client;
using WaOperator.Resources;

namespace WaOperator.Gateway.Sessions;

/// <summary>The tenants' API of sessions, as far as it writes: creates, changes and deletes them.</summary>
internal sealed class SessionEndpoints(
    SessionCallers callers,
    SessionBody bodies,
    SessionWrites writes,
    TimeProvider time
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        // Before what is brought to pods, which is all below a session.
        var sessions = app.MapGroup("/v1/sessions").WithOrder(-1);
        sessions
            .MapPost("", (Delegate)CreateAsync)
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("createSession")
            .WithSummary("Creates a session; with an Idempotency-Key it may be asked for again")
            .Accepts<CreateSessionRequest>("application/json")
            .Produces<SessionSummary>(201)
            .Refuses(400, 403, 404, 409, 415, 422, 501, 503);
        var session = sessions.MapGroup("/{namespace}/{name}");
        session
            .MapPatch("", PatchAsync)
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("patchSession")
            .WithSummary("Changes the desired state of the session; what is left out stays")
            .Taking<PatchSessionRequest>()
            .Produces<SessionSummary>()
            .Refuses(400, 404, 409, 415, 422, 501, 503);
        session
            .MapDelete("", DeleteAsync)
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("deleteSession")
            .WithSummary("Begins to delete the session; it is gone once its device is unlinked")
            .Produces<SessionSummary>(202)
            .Refuses(404, 409, 501, 503);
        session
            .MapPost(
                "/stop",
                (HttpContext http, string @namespace, string name) =>
                    TurnAsync(http, @namespace, name, DesiredStates.Stopped)
            )
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("stopSession")
            .WithSummary("Closes the session's connection and keeps its keys")
            .Produces<SessionSummary>()
            .Refuses(404, 409, 501, 503);
        session
            .MapPost(
                "/start",
                (HttpContext http, string @namespace, string name) =>
                    TurnAsync(http, @namespace, name, DesiredStates.Active)
            )
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("startSession")
            .WithSummary("Connects the session again")
            .Produces<SessionSummary>()
            .Refuses(404, 409, 501, 503);
        session
            .MapPost("/logout", LogoutAsync)
            .Requiring(ApiScopes.SessionsWrite)
            .WithName("logoutSession")
            .WithSummary(
                "Takes the session's device off the phone; the session stays, and POST pairing links it again"
            )
            .Produces<SessionSummary>(202)
            .Refuses(404, 409, 501, 503);
    }

    private async Task<IResult> CreateAsync(HttpContext http)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (writes.Resources is not { } resources)
            return SessionWrites.NoCluster();
        string? key = http.Request.Headers["Idempotency-Key"];
        if (key is not null && !CreationKey.IsKey(key))
            return Problems.Bad(
                $"the Idempotency-Key must be 1 to {CreationKey.MaxLength} visible characters"
            );
        var body = await bodies.ReadAsync(
            http.Request,
            caller.Tenants[0],
            SessionsJson.Default.CreateSessionRequest
        );
        if (body.Refusal is { } unread)
            return unread;
        var asked = body.Value!;
        var names = await callers.NamesAsync(caller, http);
        if (!SessionTenant.TryChoose(names, asked.Namespace, out var tenant, out var unclear))
            return unclear!;
        var draft = SessionDraft.Create(asked, tenant!, out var errors);
        if (errors.Count > 0)
            return Problems.InvalidSession(SessionWrites.Describe(errors), errors);
        if (http.Audited() is { } audited)
            (audited.Tenant, audited.Session) = (tenant!.Id, new(tenant.Namespace, asked.Name!));
        if (caller.Key.TenantsFor(asked.Name, http.ScopeOfEndpoint(), out _).Count == 0)
            return Problems.OtherSessions();
        var mark = key is null ? null : CreationKey.Mark(key, body.Bytes);
        if (mark is not null)
            draft = draft with
            {
                Metadata = draft.Metadata with
                {
                    Annotations = new(StringComparer.Ordinal) { [CreationKey.Annotation] = mark },
                },
            };
        return await writes.RunAsync(
            tenant!.Namespace,
            asked.Name!,
            async () =>
            {
                try
                {
                    return await resources.CreateAsync(draft, tenant, http.RequestAborted);
                }
                catch (KubernetesException e) when (e.IsAlreadyExists && mark is not null)
                {
                    var there = await resources.FindAsync(
                        tenant.Namespace,
                        asked.Name!,
                        names,
                        http.RequestAborted
                    );
                    return Replayed(http, there, mark, key!)
                        ?? Problems.SessionExists(tenant.Namespace, asked.Name!);
                }
            },
            session =>
            {
                http.Response.Headers.Location = $"/v1/sessions/{session.Namespace}/{session.Name}";
                return SessionWrites.Answer(session, 201);
            }
        );
    }

    private static SessionWrite? Replayed(
        HttpContext http,
        SessionResource? there,
        string mark,
        string key
    )
    {
        if (
            there?.Metadata.Annotation(CreationKey.Annotation) is not { } before
            || !CreationKey.IsOfSameKey(before, mark)
        )
            return null;
        if (before != mark)
            return Problems.OtherRequest(key);
        http.Response.Headers["Idempotent-Replayed"] = "true";
        return there;
    }

    private async Task<IResult> PatchAsync(HttpContext http, string @namespace, string name)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (writes.Resources is null)
            return SessionWrites.NoCluster();
        var body = await bodies.ReadAsync(
            http.Request,
            caller.Tenants[0],
            SessionsJson.Default.PatchSessionRequest
        );
        if (body.Refusal is { } unread)
            return unread;
        return await writes.ChangeAsync(
            http,
            caller,
            @namespace,
            name,
            now =>
            {
                var change = SessionDraft.Patch(body.Value!, now, out var errors);
                return (
                    change,
                    errors.Count > 0
                        ? Problems.InvalidSession(SessionWrites.Describe(errors), errors)
                        : null
                );
            }
        );
    }

    private async Task<IResult> TurnAsync(
        HttpContext http,
        string @namespace,
        string name,
        string state
    )
    {
        var caller = await callers.AskAsync(http);
        return caller.Refusal
            ?? await writes.ChangeAsync(
                http,
                caller,
                @namespace,
                name,
                now => (SessionDraft.State(state, now), null)
            );
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string @namespace, string name)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (writes.Resources is not { } resources)
            return SessionWrites.NoCluster();
        var names = await callers.NamesAsync(caller, http);
        return await writes.RunAsync(
            @namespace,
            name,
            () => resources.DeleteAsync(@namespace, name, names, http.RequestAborted),
            session => SessionWrites.Answer(session with { State = SessionPhases.Deleting }, 202)
        );
    }

    private async Task<IResult> LogoutAsync(HttpContext http, string @namespace, string name)
    {
        var caller = await callers.AskAsync(http);
        return caller.Refusal
            ?? await writes.ChangeAsync(
                http,
                caller,
                @namespace,
                name,
                now =>
                    (
                        SessionDraft.Logout(
                            Stamps.After(
                                time.GetUtcNow(),
                                now.Metadata.Annotation(Annotations.Logout)
                            )
                        ),
                        now.Desired().State == DesiredStates.Stopped
                            ? Problems.SessionStopped(@namespace, name, "does not connect")
                        : SessionSummary.Of(now) is { Paired: false, Phase: var phase }
                            ? Problems.NotLinked(@namespace, name, phase)
                        : null
                    ),
                session => SessionWrites.Answer(session, 202)
            );
    }
}
