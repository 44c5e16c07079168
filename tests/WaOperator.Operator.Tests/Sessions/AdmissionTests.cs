using System.Globalization;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tests.Sessions;

public sealed class AdmissionTests
{
    private static AdmissionFacts Facts(
        WhatsAppSession? session = null,
        SessionRow? made = null,
        WhatsAppTenant? tenant = null,
        long? tenantId = 7,
        string? pool = "pool-uid",
        NamespacedName? holder = null
    ) => new(session ?? Make.Session(), made, tenant ?? Make.Tenant(), tenantId, pool, holder);

    private static string? ReasonOf(Admitted admitted) => admitted.Trouble?.Reason.Code;

    [Fact]
    public void A_good_session_is_projected_as_declared() =>
        Admission
            .Decide(
                Facts(
                    Make.Session(
                        annotations:
                        [
                            (Annotations.Pair, "12:00"),
                            (Annotations.RestoreKeys, "12:01"),
                            (Annotations.SkipUnlink, "true"),
                        ]
                    )
                )
            )
            .ShouldBe(
                new(
                    Make.Row() with
                    {
                        PairRequest = "12:00",
                        RestoreRequest = "12:01",
                        SkipUnlink = true,
                    },
                    null
                )
            );

    [Theory]
    [InlineData("2026-05-01T12:00:00Z", "2026-05-01T12:00:00.000Z")]
    [InlineData("2026-05-01T14:00:00.1239999+02:00", "2026-05-01T12:00:00.123Z")]
    [InlineData("", null)]
    [InlineData("now", "")]
    [InlineData("1777636800", "")]
    [InlineData("2026-05-01", "")]
    [InlineData("2026-05-01T12:00:00", "")]
    [InlineData("0001-01-01T00:00:00Z", "")]
    [InlineData("9999-12-31T23:59:59Z", "")]
    [InlineData("2026-05-01T12:00:00Z\0", "")]
    public void A_logout_is_projected_as_its_time_or_said_to_be_unreadable(
        string asked,
        string? row
    )
    {
        var admitted = Admission.Decide(
            Facts(Make.Session(annotations: [(Annotations.Logout, asked)]))
        );

        admitted.Row!.LogoutAt.ShouldBe(
            row is { Length: > 0 } ? DateTimeOffset.Parse(row, CultureInfo.InvariantCulture) : null
        );
        ReasonOf(admitted).ShouldBe(row is "" ? Reasons.InvalidSpec.Code : null);
        admitted.Row.ShouldBe(Make.Row() with { LogoutAt = admitted.Row.LogoutAt });
    }

    [Fact]
    public void A_pair_request_that_PostgreSQL_takes_as_no_text_is_projected_as_another()
    {
        var rows = new[] { "a\0b", "a\0c", "\0" }
            .Select(asked =>
                Admission
                    .Decide(Facts(Make.Session(annotations: [(Annotations.Pair, asked)])))
                    .Row!.PairRequest
            )
            .ToArray();
        rows.ShouldAllBe(r => r.Length == 64 && !r.Contains('\0'));
        rows.ShouldBeUnique();
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u007f")]
    public void A_device_name_with_control_characters_is_told_and_nothing_is_made(string name)
    {
        var session = Make.Session();
        var admitted = Admission.Decide(
            Facts(
                session with
                {
                    Spec = session.Spec with
                    {
                        Pairing = session.Spec.Pairing with { DeviceName = name },
                    },
                }
            )
        );
        ReasonOf(admitted).ShouldBe(Reasons.InvalidSpec);
        admitted.Trouble!.Message.ShouldContain("spec.pairing.deviceName");
        admitted.Row.ShouldBeNull();
    }

    [Fact]
    public void Stopped_stays_a_row() =>
        Admission
            .Decide(Facts(Make.Session(state: "Stopped")))
            .ShouldBe(new(Make.Row(desired: DesiredState.Stopped), null));

    [Fact]
    public void An_invalid_phone_is_told_and_nothing_is_made()
    {
        var admitted = Admission.Decide(Facts(Make.Session(phone: "abc")));
        ReasonOf(admitted).ShouldBe(Reasons.InvalidSpec);
        admitted.Trouble!.Message.ShouldContain("spec.phoneNumber");
        admitted.Row.ShouldBeNull();
    }

    [Fact]
    public void A_session_that_became_invalid_continues_as_it_was()
    {
        var made = Make.Row();
        var admitted = Admission.Decide(Facts(Make.Session(phone: "abc"), made));
        admitted.Row.ShouldBe(made);
        ReasonOf(admitted).ShouldBe(Reasons.InvalidSpec);
    }

    [Fact]
    public void An_unknown_tenant_is_named()
    {
        var admitted = Admission.Decide(Facts() with { Tenant = null, TenantId = null });
        ReasonOf(admitted).ShouldBe(Reasons.TenantNotFound);
        admitted.Trouble!.Message.ShouldContain("\"acme\"");
        admitted.Row.ShouldBeNull();
    }

    [Fact]
    public void An_invalid_tenant_takes_no_one_new_and_keeps_who_runs()
    {
        var bad = Make.Tenant(spec: new() { Limits = new() { Sessions = -1 } });
        var fresh = Admission.Decide(Facts(tenant: bad));
        ReasonOf(fresh).ShouldBe(Reasons.InvalidSpec);
        fresh.Row.ShouldBeNull();
        Admission.Decide(Facts(made: Make.Row(), tenant: bad)).Row.ShouldBe(Make.Row());
    }

    [Fact]
    public void A_tenant_that_is_being_deleted_takes_no_one_new()
    {
        var going = Make.Tenant(deleting: true);
        ReasonOf(Admission.Decide(Facts(tenant: going))).ShouldBe(Reasons.TenantDeleting);
        Admission.Decide(Facts(made: Make.Row(), tenant: going)).Trouble.ShouldBeNull();
    }

    [Fact]
    public void A_changed_phone_is_told_and_the_session_continues_under_the_old_one()
    {
        var admitted = Admission.Decide(
            Facts(Make.Session(phone: "491700000999", state: "Stopped"), Make.Row())
        );
        ReasonOf(admitted).ShouldBe(Reasons.ImmutableFieldChanged);
        admitted.Trouble!.Message.ShouldContain("immutable");
        admitted.Row.ShouldBe(Make.Row(desired: DesiredState.Stopped));
    }

    [Fact]
    public void A_changed_tenant_is_told_and_the_session_stays_with_the_old_one()
    {
        var admitted = Admission.Decide(Facts(made: Make.Row(tenantId: 5)));
        ReasonOf(admitted).ShouldBe(Reasons.ImmutableFieldChanged);
        admitted.Row!.TenantId.ShouldBe(5);
    }

    [Fact]
    public void A_blocked_phone_does_not_run()
    {
        var strict = Make.Tenant(
            spec: new() { PhoneRules = new() { BlockedNumbers = [Make.Phone] } }
        );
        var fresh = Admission.Decide(Facts(tenant: strict));
        ReasonOf(fresh).ShouldBe(Reasons.PhoneNotAllowed);
        fresh.Trouble!.Message.ShouldNotContain(Make.Phone);
        fresh.Row.ShouldBeNull();
        Admission
            .Decide(Facts(made: Make.Row(), tenant: strict))
            .Row!.Desired.ShouldBe(DesiredState.Stopped);
    }

    [Fact]
    public void A_session_that_asks_for_a_proxy_never_runs_without_it()
    {
        var session = Make.Session();
        session = session with
        {
            Spec = session.Spec with
            {
                ProxySecretRef = new() { Name = "proxy", Key = "url" },
            },
        };
        var unread = Facts(session);
        Admission.Decide(unread).ShouldBe(new(null, null));
        Admission
            .Decide(unread with { Made = Make.Row() })
            .ShouldBe(new(Make.Row() with { Desired = DesiredState.Stopped }, null));
        Admission
            .Decide(unread with { Made = Make.Row(), Tenant = null, TenantId = null })
            .Row!.Desired.ShouldBe(DesiredState.Stopped);

        var none = unread with
        {
            Proxy = new(null, new(Reasons.ProxySecretInvalid, "there is no Secret proxy")),
        };
        var fresh = Admission.Decide(none);
        ReasonOf(fresh).ShouldBe(Reasons.ProxySecretInvalid);
        fresh.Row.ShouldBeNull();
        var ran = Admission.Decide(none with { Made = Make.Row() });
        ran.Row!.Desired.ShouldBe(DesiredState.Stopped);

        // One that was read from there before stays; one from elsewhere does not.
        var kept = new SealedProxy("proxy/url@uid.1", 1, [1]);
        Admission
            .Decide(none with { Made = Make.Row() with { Proxy = kept } })
            .Row.ShouldBe(Make.Row() with { Proxy = kept });
        Admission
            .Decide(
                none with
                {
                    Made = Make.Row() with { Proxy = kept with { Version = "proxy/url2@uid.1" } },
                }
            )
            .Row.ShouldBe(
                Make.Row() with
                {
                    Desired = DesiredState.Stopped,
                    Proxy = kept with { Version = "proxy/url2@uid.1" },
                },
                "it is unlinked through the proxy that it had"
            );

        var read = Admission.Decide(unread with { Proxy = new(kept, null) });
        read.ShouldBe(new(Make.Row() with { Proxy = kept }, null));
        Admission.Decide(Facts(made: Make.Row() with { Proxy = kept })).Row!.Proxy.ShouldBeNull();
    }

    [Fact]
    public void A_phone_that_another_session_has_is_a_conflict_named_within_the_namespace_only()
    {
        var near = Admission.Decide(Facts(holder: new(Make.Ns, "first")));
        ReasonOf(near).ShouldBe(Reasons.Conflict);
        near.Trouble!.Message.ShouldContain("\"first\"");
        near.Row.ShouldBeNull();
        Admission
            .Decide(Facts(holder: new("rival", "secret-plans")))
            .Trouble!.Message.ShouldNotContain("secret-plans");
    }

    [Fact]
    public void Without_a_pool_it_waits_for_one_and_one_that_ran_loses_its_place()
    {
        var fresh = Admission.Decide(Facts() with { PoolUid = null });
        ReasonOf(fresh).ShouldBe(Reasons.PoolNotFound);
        fresh.Row.ShouldBeNull();
        Admission
            .Decide(Facts(made: Make.Row()) with { PoolUid = null })
            .Row!.PoolUid.ShouldBeNull();
    }

    [Fact]
    public void A_pair_request_of_any_length_stays_distinct()
    {
        var one = Request(new string('x', 100_000));
        var two = Request(new string('x', 99_999));
        one.Length.ShouldBeLessThanOrEqualTo(128);
        one.ShouldNotBe(two);

        static string Request(string value) =>
            Admission
                .Decide(Facts(Make.Session(annotations: [(Annotations.Pair, value)])))
                .Row!.PairRequest;
    }
}
