namespace Alerts;

/// <summary>Posts notifications in the form that Slack's incoming webhooks take, and others such as Mattermost as well.</summary>
internal sealed class Notifier(HttpClient http, Settings settings)
{
    /// <summary>Posts one.</summary>
    /// <returns>What was wrong; null: it was taken.</returns>
    public async Task<string?> PostAsync(Notification notification, CancellationToken ct)
    {
        // These three are the marks of Slack's links and mentions.
        var text = notification
            .Text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
        try
        {
            using var answer = await http.PostAsJsonAsync(settings.NotifyUrl, new { text }, ct);
            return answer.IsSuccessStatusCode ? null : $"HTTP {(int)answer.StatusCode}";
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return e.Message;
        }
    }
}
