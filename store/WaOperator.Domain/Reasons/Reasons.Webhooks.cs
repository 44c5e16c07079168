namespace WaOperator.Domain;

/// <content>How a webhook fares.</content>
public static partial class Reasons
{
    /// <summary>Events are posted.</summary>
    public static readonly Reason Delivering = Define(
        About.Webhook,
        "events are posted as declared"
    );

    /// <summary>One of its certificates ends soon.</summary>
    public static readonly Reason CertificateExpiring = Define(
        About.Webhook,
        "events are posted as declared, with a certificate that expires within 14 days",
        "put the next one into the Secret that the message names"
    );

    /// <summary>No session pod has ever run, and its secrets cannot be handed over yet.</summary>
    public static readonly Reason WaitingForPods = Define(
        About.Webhook,
        "no session pod has run yet that its secrets could be sealed for",
        "nothing; it is handed over within seconds after the first session pod has started"
    );

    /// <summary>A person paused it.</summary>
    public static readonly Reason Paused = Define(
        About.Webhook,
        "nothing is posted while spec.paused is true; what comes meanwhile is posted afterwards, as far as it is kept",
        "set spec.paused to false"
    );

    /// <summary>The endpoint does not answer as Meta asks.</summary>
    public static readonly Reason ChallengeFailed = Define(
        About.Webhook,
        "the endpoint did not repeat hub.challenge when it was asked as Meta asks, and nothing is posted until it does",
        "give the program the text of spec.verifyTokenRef as its verify token, and see that spec.url is the address where it answers Meta's GET"
    );

    /// <summary>The endpoint takes nothing.</summary>
    public static readonly Reason EndpointFailing = Define(
        About.Webhook,
        "the endpoint takes no events; they wait and are posted when it does",
        "mend the endpoint; the webhook is disabled when it takes nothing for spec.retry.horizonHours"
    );

    /// <summary>A pod disabled it.</summary>
    public static readonly Reason Disabled = Define(
        About.Webhook,
        "nothing is posted any more: the endpoint said that it is gone, or took nothing for spec.retry.horizonHours",
        "mend the endpoint and change anything in the spec, such as setting spec.paused to true and back: it continues where it stopped, as far as events are kept"
    );
}
