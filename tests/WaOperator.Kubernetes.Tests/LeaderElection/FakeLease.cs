using System.Globalization;
using System.Text.Json;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests.LeaderElection;

/// <summary>The one Lease of a server that can be made to fail, with the server's rule: an old version is a conflict.</summary>
public sealed class FakeLease
{
    private readonly Lock _lock = new();
    private int _version;

    public Lease? Current { get; private set; }

    /// <summary>Answers instead, when it is not null; the request has no effect then.</summary>
    public Func<FakeApi.Call, HttpResponseMessage?> Before { get; set; } = _ => null;

    /// <summary>Answers instead, when it is not null; the request had its effect, but no one hears of it.</summary>
    public Func<FakeApi.Call, HttpResponseMessage?> After { get; set; } = _ => null;

    public HttpResponseMessage Answer(FakeApi.Call call)
    {
        if (Before(call) is { } refusal)
            return refusal;
        var response = Serve(call);
        return After(call) ?? response;
    }

    /// <summary>Writes the record as another candidate would.</summary>
    public void Set(LeaseSpec spec)
    {
        lock (_lock)
            Store(
                new()
                {
                    Metadata = new() { Name = "l", Namespace = "ns" },
                    Spec = spec,
                }
            );
    }

    private HttpResponseMessage Serve(FakeApi.Call call)
    {
        lock (_lock)
        {
            var sent =
                call.Body.Length > 0
                    ? JsonSerializer.Deserialize(call.Body, CoreJsonContext.Default.Lease)!
                    : null;
            switch (call.Method)
            {
                case "GET" when Current is null:
                    return FakeApi.Json(
                        """{"status":"Failure","reason":"NotFound","code":404,"details":{"name":"l"}}""",
                        System.Net.HttpStatusCode.NotFound
                    );
                case "POST" when Current is not null:
                    return FakeApi.Refusal(409, "AlreadyExists");
                case "PUT" when sent!.Metadata.ResourceVersion != Current?.Metadata.ResourceVersion:
                    return FakeApi.Refusal(409, "Conflict");
                case "POST" or "PUT":
                    Store(sent!);
                    break;
            }
            return FakeApi.Json(JsonSerializer.Serialize(Current!, CoreJsonContext.Default.Lease));
        }
    }

    private void Store(Lease lease) =>
        Current = lease with
        {
            Metadata = lease.Metadata with
            {
                ResourceVersion = (++_version).ToString(CultureInfo.InvariantCulture),
            },
        };
}
