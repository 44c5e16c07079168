using System.Text;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Bodies, and what becomes of them when what they name is known.</summary>
internal static class Samples
{
    public static OwnAddresses Own { get; } =
        new(Jid.Parse("491700000001@s.whatsapp.net"), Jid.Parse("42@lid"));

    public static Draft Draft(string body)
    {
        Outgoing
            .TryRead(Encoding.UTF8.GetBytes(body), out var draft, out var wrong)
            .ShouldBeTrue($"{body}: {wrong}");
        return draft!;
    }

    public static OutgoingMessage Compose(string body, KnownMessage? target = null) =>
        Composer.Compose(Draft(body), FoundWith(target));

    public static OutgoingMessage Compose(SendRequest request)
    {
        Outgoing.TryRead(request, out var draft, out var wrong).ShouldBeTrue(wrong?.Detail);
        return Composer.Compose(draft!, FoundWith(null));
    }

    public static ReceivedContent Content(string body, KnownMessage? target = null) =>
        ContentParser.Read(Compose(body, target).Content);

    public static BodyFault Fault(string body, KnownMessage? target = null)
    {
        if (!Outgoing.TryRead(Encoding.UTF8.GetBytes(body), out var draft, out var wrong))
            return wrong;
        try
        {
            Composer.Compose(draft, FoundWith(target));
        }
        catch (BodyFaultException e)
        {
            return e.Fault;
        }
        throw new ShouldAssertException($"taken: {body}");
    }

    private static Found FoundWith(KnownMessage? target) =>
        new(Own, DateTimeOffset.UnixEpoch) { Target = target, Quoted = target };
}
