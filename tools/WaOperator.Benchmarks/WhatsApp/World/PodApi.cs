using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>The tenants' API of the pod, as a program of a tenant uses it.</summary>
internal sealed class PodApi : IDisposable
{
    private readonly HttpClient _http;

    public PodApi(PodProcess pod)
    {
        _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 })
        {
            BaseAddress = new($"http://127.0.0.1:{pod.ApiPort}"),
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            BenchWorld.ApiKey
        );
    }

    /// <summary>Queues a text, durably.</summary>
    public async Task SendAsync(BenchSession session, string to, string text)
    {
        using var answer = await _http.PostAsJsonAsync(
            $"/v1/sessions/{BenchWorld.Namespace}/{session.Name}/messages",
            new { to, text }
        );
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"the pod refused a message: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
    }

    public void Dispose() => _http.Dispose();
}
