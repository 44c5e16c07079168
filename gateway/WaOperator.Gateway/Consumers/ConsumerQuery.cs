using System.Globalization;
using WaOperator.Gateway.Sessions;

namespace WaOperator.Gateway.Consumers;

/// <summary>How much a consumer fetches at once.</summary>
/// <param name="Max">The most events.</param>
/// <param name="Wait">How long the first one is waited for.</param>
internal readonly record struct ConsumerQuery(int Max, TimeSpan Wait)
{
    /// <summary>The most events of a page.</summary>
    public const int MaxEvents = 1_000;

    /// <summary>The events of a page where nothing is said.</summary>
    public const int DefaultEvents = 100;

    /// <summary>The longest wait in seconds.</summary>
    public const int MaxWait = 60;

    /// <summary>The wait in seconds where nothing is said.</summary>
    public const int DefaultWait = 20;

    /// <summary>Reads the parameters of a request. Pure.</summary>
    /// <param name="parameters">As they came.</param>
    /// <param name="query">What is asked for.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? Read(IQueryCollection parameters, out ConsumerQuery query)
    {
        query = new(DefaultEvents, TimeSpan.FromSeconds(DefaultWait));
        foreach (var (name, values) in parameters)
            switch (name)
            {
                case "max":
                    if (Number(values, MaxEvents) is not { } max)
                        return $"max must be a number from 1 to {MaxEvents}";
                    query = query with { Max = max };
                    break;
                case "waitSeconds":
                    if (Number(values, MaxWait) is not { } seconds)
                        return $"waitSeconds must be a number from 1 to {MaxWait}";
                    query = query with { Wait = TimeSpan.FromSeconds(seconds) };
                    break;
                default:
                    return $"there is no parameter {SessionQuery.Shown(name)}; there are max and waitSeconds";
            }
        return null;
    }

    private static int? Number(IReadOnlyList<string?> values, int most) =>
        values is [{ } text]
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= 1
        && number <= most
            ? number
            : null;
}
