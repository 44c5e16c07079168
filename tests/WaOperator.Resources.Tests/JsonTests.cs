using System.Text.Json;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources.Tests;

public sealed class JsonTests
{
    [Fact]
    public void Unknown_fields_are_skipped_and_bad_values_are_kept_for_validation()
    {
        var session = JsonSerializer.Deserialize(
            """
            {"apiVersion":"whatsapp.wa-operator.io/v1alpha1","kind":"WhatsAppSession",
             "metadata":{"name":"s","managedFields":[{}]},
             "spec":{"future":1,"memoryEstimate":"lots","state":"Sleeping","phoneNumber":"abc"}}
            """,
            ResourcesJsonContext.Default.WhatsAppSession
        )!;
        session.Metadata.Name.ShouldBe("s");
        SessionValidation
            .Validate(session)
            .Select(v => v.ToString())
            .ShouldBe([
                "spec.tenantRef.name: is required: must be a Kubernetes name: lower case letters, digits, '-' and '.', beginning and ending with a letter or digit",
                "spec.phoneNumber: must be a phone number of 7 to 15 digits that begins with the country code, without 00 or +, such as 491701234567 (is 'abc')",
                "spec.state: must be Active or Stopped (is 'Sleeping')",
                "spec.memoryEstimate: must be an amount of memory above 0 such as 64Ki, 512Mi, 1.5Gi or a number of bytes (is 'lots')",
            ]);
    }

    [Fact]
    public void A_status_is_written_without_nulls_and_read_back_the_same()
    {
        var session = new WhatsAppSession
        {
            Metadata = new() { Name = "s", Namespace = "n" },
            Status = new()
            {
                Phase = SessionPhases.Connected,
                Shard = 0,
                Epoch = 3,
                LastConnected = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                Conditions = [new Condition { Type = ConditionTypes.Ready, Status = "True" }],
            },
        };
        var json = JsonSerializer.Serialize(session, ResourcesJsonContext.Default.WhatsAppSession);
        json.ShouldContain(
            """
            "status":{"phase":"Connected","shard":0,"epoch":3,"lastConnected":"2026-01-02T03:04:05Z","conditions":[{"type":"Ready","status":"True"}]}
            """.Trim()
        );
        json.ShouldNotContain("null");
        var read = JsonSerializer.Deserialize(json, ResourcesJsonContext.Default.WhatsAppSession)!;
        read.Status!.LastConnected.ShouldBe(session.Status.LastConnected);
        read.ApiVersion.ShouldBe(WhatsAppApi.ApiVersion);
    }

    [Fact]
    public void A_message_fits_the_schema()
    {
        new SessionStatus { Message = new string('x', 5000) }.Message!.Length.ShouldBe(
            SessionStatus.MaxMessage
        );
        new SessionStatus { Message = "short" }.Message.ShouldBe("short");
    }

    [Fact]
    public void Many_violations_make_a_short_message()
    {
        var many = Enumerable.Range(1, 8).Select(i => new Violation($"f{i}", "is bad")).ToList();
        Violation
            .Describe(many)
            .ShouldBe("f1: is bad; f2: is bad; f3: is bad; f4: is bad; f5: is bad; and 3 more");
    }

    [Fact]
    public void What_is_shown_of_a_bad_text_is_short_and_on_one_line()
    {
        var session = new WhatsAppSession
        {
            Spec = new()
            {
                TenantRef = new() { Name = "t" },
                PhoneNumber = "491701234567",
                State = "a\nb" + new string('x', 500),
            },
        };
        var message = SessionValidation.Validate(session).Single().Message;
        message.ShouldStartWith("must be Active or Stopped (is 'a?bxxx");
        message.ShouldEndWith("xxx…')");
        message.Length.ShouldBeLessThan(100);
    }
}
