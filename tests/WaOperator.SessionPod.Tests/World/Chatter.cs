using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A tenant's program that sends numbered texts from one session to another, and continues when its pod does.</summary>
internal sealed class Chatter(Func<ApiClient> api, string session, string to)
{
    private int _accepted;

    /// <summary>Messages that were accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The id of a message by its number.</summary>
    public static string IdOf(string session, int number) =>
        $"F{session.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant()}X{number:00000}";

    /// <summary>Sends texts one after the other; one that got no answer is asked for again with the same id.</summary>
    public async Task SendAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var number = i;
            await Eventually.True(
                $"message {number} of {session} is accepted",
                () => TryAsync(number),
                TimeSpan.FromSeconds(90)
            );
            Interlocked.Increment(ref _accepted);
        }
    }

    private async Task<bool> TryAsync(int number)
    {
        try
        {
            var (status, body, _) = await api()
                .SendAsync(
                    session,
                    new
                    {
                        to,
                        text = $"{number}",
                        id = IdOf(session, number),
                    }
                );
            if (status is 202)
                return true;
            status.ShouldBeOneOf([409, 429, 421, 503], body?.ToJsonString());
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}

/// <summary>A tenant's program that listens, and continues with its cursor when its pod does.</summary>
internal sealed class Listener(Func<ApiClient> api, string session)
{
    private long _cursor;

    /// <summary>Texts in the order in which they came, with their ids.</summary>
    public List<(string Id, string Text)> Texts { get; } = [];

    /// <summary>Events of other types, by type.</summary>
    public Dictionary<string, int> Others { get; } = [];

    /// <summary>The stream's numbers had gaps.</summary>
    public bool Gaps { get; private set; }

    /// <summary>Listens until so many different texts came.</summary>
    public async Task UntilAsync(int texts)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(150));
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (ids.Count < texts)
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException(
                    $"{session} saw {ids.Count} of {texts} texts; others: {string.Join(", ", Others)}; last event {_cursor}"
                );
            using var reader = await Eventually.Get(
                $"a stream of {session}",
                OpenAsync,
                TimeSpan.FromSeconds(90)
            );
            try
            {
                while (ids.Count < texts && await reader.NextAsync() is { } seen)
                    Take(seen, ids);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // Its pod is away: once more from the cursor.
                continue;
            }
        }
    }

    private async Task<EventReader?> OpenAsync()
    {
        try
        {
            return await api().FollowAsync(session, _cursor);
        }
        catch (Exception e) when (e is HttpRequestException or ShouldAssertException)
        {
            return null;
        }
    }

    private void Take(SeenEvent seen, HashSet<string> ids)
    {
        if (seen.Id is { } id)
        {
            Gaps |= id != _cursor + 1;
            _cursor = id;
        }
        if (
            seen.Type == "message"
            && seen.Data["text"] is JsonNode text
            && !(bool)seen.Data["fromMe"]!
        )
        {
            Texts.Add(((string)seen.Data["id"]!, (string)text!));
            ids.Add((string)seen.Data["id"]!);
        }
        else
            Others[seen.Type] = Others.GetValueOrDefault(seen.Type) + 1;
    }
}
