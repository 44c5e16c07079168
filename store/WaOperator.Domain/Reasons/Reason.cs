namespace WaOperator.Domain;

/// <summary>What a <see cref="Reason"/> is said of.</summary>
[Flags]
public enum About
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A shard, in the pool's <c>status.shardStates</c>.</summary>
    Shard = 1,

    /// <summary>A WhatsAppSessionPool.</summary>
    Pool = 2,

    /// <summary>A WhatsAppTenant.</summary>
    Tenant = 4,

    /// <summary>A WhatsAppSession.</summary>
    Session = 8,

    /// <summary>A WhatsAppWebhook.</summary>
    Webhook = 16,
}

/// <summary>
/// Why something is as it is: the code is in conditions, statuses and events, and people search for it. Codes exist in the
/// catalogue (<see cref="Reasons"/>) and nowhere else; the runbook's tables and the schemas' lists are printed from it.
/// </summary>
public sealed record Reason
{
    internal Reason(string code, About about, string meaning, string toDo)
    {
        (Code, About, Meaning, ToDo) = (code, about, meaning, toDo);
    }

    /// <summary>CamelCase, for programs. Never changed once it was released.</summary>
    public string Code { get; }

    /// <summary>Whose conditions, statuses or events it is in.</summary>
    public About About { get; }

    /// <summary>What it means, for people: the beginning of a sentence without a full stop.</summary>
    public string Meaning { get; }

    /// <summary>What to do about it; empty when nothing is.</summary>
    public string ToDo { get; }

    /// <summary>Meaning and remedy, for a message without details of its own.</summary>
    public string Sentence => ToDo.Length == 0 ? Meaning : $"{Meaning}; {ToDo}";

    /// <summary>The code.</summary>
    public static implicit operator string(Reason reason) => reason.Code;

    /// <summary>The code.</summary>
    public override string ToString() => Code;
}
