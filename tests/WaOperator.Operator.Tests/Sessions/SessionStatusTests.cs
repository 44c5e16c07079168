using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Sessions;

public sealed class SessionStatusTests
{
    private static readonly ShardSight Serving = new(
        new(ShardState.Serving, ShardCause.LeaseHeld, LeaseAct.None),
        1,
        "wa-default-0"
    );

    private static SessionStatus? Build(
        SessionFacts facts,
        ShardSight? shard = null,
        bool deleting = false,
        SessionStatus? before = null,
        string history = HistoryDepths.None
    ) =>
        SessionView.Of(facts, deleting, shard) is { } view
            ? SessionStatusBuilder.Build(
                Make.Session(deleting: deleting, status: before, history: history),
                facts,
                view,
                shard,
                false,
                Make.Now
            )
            : null;

    /// <summary>phase | Placed Paired Connected Ready | the one that is true of Reconciling and Stalled | reason.</summary>
    private static string Show(SessionStatus? status)
    {
        status.ShouldNotBeNull();
        var words = new[]
        {
            ConditionTypes.Placed,
            ConditionTypes.Paired,
            ConditionTypes.Connected,
            ConditionTypes.Ready,
        }.Select(type => Make.Condition(status, type)!.Status[..1]);
        var going = new[] { ConditionTypes.Reconciling, ConditionTypes.Stalled }
            .Where(type => Make.Condition(status, type) is not null)
            .ToList();
        status.Conditions!.ShouldAllBe(c => c.Reason!.Length > 0 && c.Message!.Length > 0);
        return $"{status.Phase} | {string.Join(' ', words)} | {string.Join(' ', going)} | {status.Reason}";
    }

    [Fact]
    public void Before_anybody_looked_there_is_nothing_to_say()
    {
        Build(new("uid-support", new(Make.Ns, "support"))).ShouldBeNull();
        Build(Make.Facts()).ShouldBeNull();
    }

    [Fact]
    public void Connected() =>
        Show(
                Build(
                    Make.Facts(shard: Make.Shard) with
                    {
                        Observed = Make.Observed(SessionPhase.Connected),
                    },
                    Serving
                )
            )
            .ShouldBe("Connected | T T T T |  | ");

    [Fact]
    public void Connected_tells_where_and_since_when()
    {
        var status = Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = Make.Observed(SessionPhase.Connected),
            },
            Serving
        )!;
        (
            status.Shard,
            status.Pod,
            status.Phone,
            status.DeviceId,
            status.Epoch,
            status.Reconnects
        ).ShouldBe((0, "wa-default-0", Make.Phone, 12, 3, 2));
        status.LastConnected.ShouldBe(Make.Now);
        Make.Condition(status, ConditionTypes.Placed)!.Reason.ShouldBe("Hashed");
    }

    [Theory]
    [InlineData(SessionPhase.Starting, true, "Starting | T T F F | Reconciling | Starting")]
    [InlineData(SessionPhase.Pairing, false, "Pairing | T F F F | Reconciling | Pairing")]
    [InlineData(
        SessionPhase.PairingExpired,
        false,
        "PairingExpired | T F F F | Stalled | PairingExpired"
    )]
    [InlineData(SessionPhase.Connecting, true, "Connecting | T T F F | Reconciling | Connecting")]
    [InlineData(
        SessionPhase.Reconnecting,
        true,
        "Reconnecting | T T F F | Reconciling | Reconnecting"
    )]
    [InlineData(SessionPhase.LoggedOut, false, "LoggedOut | T F F F | Stalled | LoggedOut")]
    [InlineData(SessionPhase.Replaced, true, "Replaced | T T F F | Reconciling | Replaced")]
    [InlineData(
        SessionPhase.PhoneMismatch,
        false,
        "PhoneMismatch | T F F F | Stalled | PhoneMismatch"
    )]
    [InlineData(SessionPhase.Banned, true, "Banned | T T F F | Stalled | Banned")]
    public void What_the_shard_reports_is_shown(SessionPhase phase, bool paired, string shown) =>
        Show(
                Build(
                    Make.Facts(shard: Make.Shard) with
                    {
                        Observed = Make.Observed(phase, paired),
                    },
                    Serving
                )
            )
            .ShouldBe(shown);

    [Fact]
    public void LoggedOut_is_the_reason_that_it_is_not_paired() =>
        Make.Condition(
                Build(
                    Make.Facts(shard: Make.Shard) with
                    {
                        Observed = Make.Observed(SessionPhase.LoggedOut, paired: false),
                    },
                    Serving
                )!,
                ConditionTypes.Paired
            )!
            .Reason.ShouldBe("LoggedOut");

    [Theory]
    [InlineData(ShardState.Restarting)]
    [InlineData(ShardState.Lost)]
    public void A_report_of_a_shard_that_is_away_does_not_count(ShardState state) =>
        Show(
                Build(
                    Make.Facts(shard: Make.Shard) with
                    {
                        Observed = Make.Observed(SessionPhase.Connected),
                    },
                    Serving with
                    {
                        Verdict = new(state, ShardCause.LeaseReleased, LeaseAct.None),
                    }
                )
            )
            .ShouldBe("Reconnecting | T T F F | Reconciling | ShardNotServing");

    [Fact]
    public void A_report_of_another_shard_or_of_an_older_lease_does_not_count()
    {
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Connected, shard: new("pool-uid", 1)),
        };
        Show(Build(facts, Serving)).ShouldBe("Reconnecting | T T F F | Reconciling | Reconnecting");
        facts = facts with { Observed = Make.Observed(SessionPhase.Connected) };
        Show(Build(facts, Serving with { LeaseEpoch = 2 }))
            .ShouldBe("Reconnecting | T T F F | Reconciling | Reconnecting");
    }

    [Theory]
    [InlineData(SessionPhase.PairingExpired)]
    [InlineData(SessionPhase.LoggedOut)]
    [InlineData(SessionPhase.PhoneMismatch)]
    [InlineData(SessionPhase.Banned)]
    public void What_waits_for_a_person_is_so_whoever_owns_it(SessionPhase phase)
    {
        // A pod that takes such a session up has nothing to report.
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(
                phase,
                paired: false,
                shard: new("pool-uid", 1),
                reason: "Ended"
            ),
        };
        var away = Serving with
        {
            LeaseEpoch = 9,
            Verdict = new(ShardState.Restarting, ShardCause.LeaseReleased, LeaseAct.None),
        };
        foreach (var shard in new[] { Serving, away })
            Show(Build(facts, shard)).ShouldBe($"{phase} | T F F F | Stalled | {phase}");
    }

    [Fact]
    public void A_draining_shard_still_serves_its_sessions() =>
        Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = Make.Observed(SessionPhase.Connected),
            },
            Serving with
            {
                Verdict = new(ShardState.Draining, ShardCause.Leaving, LeaseAct.None),
            }
        )!
            .Phase.ShouldBe("Connected");

    [Theory]
    [InlineData(PlacementReason.NoCapacity, "Unplaced | F F F F | Reconciling | NoCapacity")]
    [InlineData(PlacementReason.TenantLimit, "Unplaced | F F F F | Reconciling | TenantLimit")]
    [InlineData(PlacementReason.NoShard, "Unplaced | F F F F | Reconciling | ShardNotServing")]
    [InlineData(PlacementReason.TooLarge, "Unplaced | F F F F | Stalled | TooLarge")]
    public void Without_a_place_it_says_why(PlacementReason why, string shown) =>
        Show(Build(Make.Facts() with { Waits = why })).ShouldBe(shown);

    [Fact]
    public void Stopped_as_declared_is_ready_and_suspended_is_not()
    {
        Show(Build(Make.Facts(Make.Row(desired: DesiredState.Stopped))))
            .ShouldBe("Stopped | F F F T |  | Stopped");
        Show(Build(Make.Facts() with { Suspended = true }))
            .ShouldBe("Stopped | F F F F | Reconciling | TenantSuspended");
    }

    [Fact]
    public void Trouble_without_a_row_stalls() =>
        Show(
                Build(
                    new("uid-support", new(Make.Ns, "support"))
                    {
                        Trouble = new(Reasons.TenantNotFound, "there is no tenant"),
                    }
                )
            )
            .ShouldBe("Stalled | F F F F | Stalled | TenantNotFound");

    [Fact]
    public void Trouble_of_a_running_session_is_told_while_it_stays_connected()
    {
        var status = Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = Make.Observed(SessionPhase.Connected),
                Trouble = new(Reasons.ImmutableFieldChanged, "phoneNumber is immutable"),
            },
            Serving
        )!;
        Show(status).ShouldBe("Connected | T T T F | Stalled | ImmutableFieldChanged");
        status.Message.ShouldBe("phoneNumber is immutable");
    }

    [Fact]
    public void Deleting_is_shown_until_it_is_gone() =>
        Show(Build(Make.Facts(), deleting: true))
            .ShouldBe("Deleting | F F F F | Reconciling | Deleting");

    [Fact]
    public void The_same_facts_make_the_same_status_and_transitions_keep_their_time()
    {
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Reconnecting),
        };
        var first = Build(facts, Serving)!;
        var connected = facts with { Observed = Make.Observed(SessionPhase.Connected) };
        var later = SessionStatusBuilder.Build(
            Make.Session(status: first),
            connected,
            SessionView.Of(connected, deleting: false, Serving)!,
            Serving,
            false,
            Make.Now.AddHours(1)
        );
        Make.Condition(later, ConditionTypes.Placed)!.LastTransitionTime.ShouldBe(Make.Now);
        Make.Condition(later, ConditionTypes.Connected)!
            .LastTransitionTime.ShouldBe(Make.Now.AddHours(1));
    }

    [Fact]
    public void Steps_are_told_once()
    {
        var waiting = Build(Make.Facts() with { Waits = PlacementReason.NoCapacity })!;
        var placed = Build(Make.Facts(shard: Make.Shard), Serving)!;
        var connected = Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = Make.Observed(SessionPhase.Connected),
            },
            Serving
        )!;
        var expired = Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = Make.Observed(SessionPhase.PairingExpired, paired: false),
            },
            Serving
        )!;
        Told(null, waiting).ShouldBe("!NoCapacity");
        Told(waiting, placed).ShouldBe("Placed");
        Told(placed, connected).ShouldBe("Connected");
        Told(connected, placed).ShouldBe("!Disconnected");
        Told(placed, expired).ShouldBe("!PairingExpired");
        foreach (var status in new[] { waiting, placed, connected, expired })
            Told(status, status).ShouldBe("");

        static string Told(SessionStatus? before, SessionStatus after) =>
            string.Join(
                ' ',
                SessionEvents
                    .Between(before, after)
                    .Select(t => (t.IsWarning ? "!" : "") + t.Reason)
            );
    }

    [Fact]
    public void What_of_a_claim_does_not_count_is_told_once_and_is_the_reason_of_Ready()
    {
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Connected),
        };
        var capped = Build(facts with { Capped = "priority 9 counts as 0" }, Serving)!;
        Show(capped).ShouldBe("Connected | T T T T |  | ");
        Make.Condition(capped, ConditionTypes.Capped)!.Message.ShouldBe("priority 9 counts as 0");
        Make.Condition(capped, ConditionTypes.Ready)!.Reason.ShouldBe("ClaimCapped");
        var free = Build(facts, Serving)!;
        Make.Condition(free, ConditionTypes.Capped).ShouldBeNull();
        Make.Condition(free, ConditionTypes.Ready)!.Reason.ShouldBe("AsDeclared");

        SessionEvents
            .Between(free, capped)
            .ShouldBe([new(true, Reasons.ClaimCapped, "priority 9 counts as 0")]);
        SessionEvents.Between(capped, capped).ShouldBeEmpty();
        SessionEvents.Between(capped, free).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("None", true, 100, null, 0, null)]
    [InlineData("Recent", false, null, null, 0, null)]
    [InlineData("Recent", true, null, null, 0, "False HistorySyncing")]
    [InlineData("Recent", true, 66, null, 0, "False HistorySyncing")]
    [InlineData("Recent", true, 66, null, 2, "False HistorySyncing")]
    [InlineData("Recent", true, 100, null, 0, "True HistorySynced")]
    [InlineData("Recent", true, 100, 40, 0, "True HistorySynced")]
    [InlineData("Recent", true, 100, null, 2, "False HistoryIncomplete")]
    [InlineData("Full", true, 100, null, 0, "False HistorySyncing")]
    [InlineData("Full", true, 100, 40, 0, "False HistorySyncing")]
    [InlineData("Full", true, 100, 100, 0, "True HistorySynced")]
    [InlineData("Full", true, 100, 100, 1, "False HistoryIncomplete")]
    public void How_much_the_phone_has_given_of_the_past_is_told_where_some_was_asked_for(
        string asked,
        bool paired,
        int? recent,
        int? full,
        int lost,
        string? told
    )
    {
        var observed = Make.Observed(SessionPhase.Connected, paired);
        var status = Build(
            Make.Facts(shard: Make.Shard) with
            {
                Observed = observed with
                {
                    State = observed.State with
                    {
                        History = recent,
                        HistoryFull = full,
                        HistoryLost = lost,
                    },
                },
            },
            Serving,
            history: asked
        )!;
        var condition = Make.Condition(status, ConditionTypes.HistorySynced);
        (condition is null ? null : $"{condition.Status} {condition.Reason}").ShouldBe(told);
        if (told == "False HistorySyncing" && (full ?? recent) is { } some)
            condition!.Message!.ShouldContain($"{some} %");
    }

    [Fact]
    public void A_timelock_is_told_while_the_session_stays_connected_and_is_gone_afterwards()
    {
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Connected, reason: Reasons.ReachOutTimelock),
        };
        var locked = Build(facts, Serving)!;
        Show(locked).ShouldBe("Connected | T T T T |  | ");
        Make.Condition(locked, ConditionTypes.Timelocked)!.Reason.ShouldBe("ReachOutTimelock");
        SessionEvents
            .Between(
                new()
                {
                    Shard = 0,
                    Pod = locked.Pod,
                    Phase = "Connected",
                },
                locked
            )
            .ShouldContain(t => t.IsWarning && t.Reason == Reasons.ReachOutTimelock);
        SessionEvents.Between(locked, locked).ShouldBeEmpty();
        // A report that is overtaken says still what the account may do.
        Build(facts, Serving with { LeaseEpoch = 2 })!
            .Conditions.IsTrue(ConditionTypes.Timelocked)
            .ShouldBeTrue();

        var free = Build(
            facts with
            {
                Observed = Make.Observed(SessionPhase.Connected, reason: Reasons.Connected),
            },
            Serving,
            before: locked
        )!;
        Make.Condition(free, ConditionTypes.Timelocked).ShouldBeNull();
    }

    [Theory]
    [InlineData("DeviceIdHigh", "device 14, above 10", "device 14, above 10: ")]
    [InlineData("DeviceIdMissing", "", "its stored address names no linked device")]
    public void A_suspect_device_is_told_once_and_changes_nothing_else(
        string reason,
        string detail,
        string beginning
    )
    {
        var seen = Make.Observed(SessionPhase.Connected);
        var healthy = Make.Facts(shard: Make.Shard) with { Observed = seen };
        var before = Build(healthy, Serving)!;
        var facts = healthy with
        {
            Observed = seen with
            {
                State = seen.State with { Suspect = reason, SuspectDetail = detail },
            },
        };

        var after = Build(facts, Serving, before: before)!;

        Show(after).ShouldBe(Show(before));
        var condition = Make.Condition(after, ConditionTypes.DeviceSuspect)!;
        condition.Reason.ShouldBe(reason);
        condition.Message!.ShouldStartWith(beginning);
        condition.Message!.ShouldContain("whatsapp.wa-operator.io/logout");
        var told = SessionEvents.Between(before, after).Single();
        (told.IsWarning, told.Reason.Code, told.Message).ShouldBe(
            (true, reason, condition.Message)
        );
        SessionEvents.Between(after, after).ShouldBeEmpty();

        var mended = Build(healthy, Serving, before: after)!;
        Make.Condition(mended, ConditionTypes.DeviceSuspect).ShouldBeNull();
        SessionEvents.Between(after, mended).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SessionPhase.Connecting, "KeysRestored", false)]
    [InlineData(SessionPhase.LoggedOut, "NoKeysToRestore", true)]
    [InlineData(SessionPhase.Starting, "NoKeysToRestore", true)]
    public void What_a_request_to_restore_keys_came_to_is_told_once(
        SessionPhase phase,
        string reason,
        bool warning
    )
    {
        var asked = Make.Facts(shard: Make.Shard) with { Observed = Make.Observed(phase) };
        var before = Build(asked, Serving)!;
        var after = Build(
            asked with
            {
                Observed = Make.Observed(phase, reason: reason),
            },
            Serving,
            before: before
        )!;

        (after.Phase, after.Reason).ShouldBe((before.Phase, reason));
        var told = SessionEvents.Between(before, after).Single(t => t.Reason.Code == reason);
        (told.IsWarning, told.Text.Length > 0).ShouldBe((warning, true));
        SessionEvents.Between(after, after).ShouldBeEmpty();
    }

    [Fact]
    public void A_code_is_told_with_the_name_of_its_Secret_however_late_that_stands()
    {
        var pairing = new SessionStatus { Phase = SessionPhases.Pairing };
        var shown = pairing with { PairingSecret = "support-pairing" };
        SessionEvents.Between(null, pairing).ShouldBeEmpty();
        SessionEvents
            .Between(pairing, shown)
            .ShouldBe([
                new Told(false, Reasons.Pairing, "the pairing code is in Secret support-pairing"),
            ]);
        SessionEvents.Between(shown, shown).ShouldBeEmpty();
    }

    /// <summary>With next to nothing known and with everything: no text has a hole in it.</summary>
    [Fact]
    public void No_text_has_a_hole_where_a_name_should_be()
    {
        var texts = new List<string>();
        foreach (var phase in Enum.GetValues<SessionPhase>())
        foreach (var shard in new[] { null, Serving, Serving with { Verdict = null } })
        foreach (var placed in new[] { true, false })
        foreach (var because in new[] { "", "Hashed" })
        foreach (var deleting in new[] { true, false })
        {
            var facts = Make.Facts(shard: placed ? Make.Shard : null) with
            {
                Observed = Make.Observed(phase, paired: false),
                PlacedBecause = because,
                Waits = placed ? null : PlacementReason.NoShard,
            };
            if (Build(facts, shard, deleting) is not { } status)
                continue;
            texts.AddRange(status.Conditions!.Select(c => c.Message!));
            texts.AddRange(status.Conditions!.Select(c => c.Reason!));
            foreach (
                var before in new[]
                {
                    null,
                    new SessionStatus(),
                    new() { Phase = "Connected" },
                }
            )
                texts.AddRange(SessionEvents.Between(before, status).Select(t => t.Text));
        }
        texts.Count.ShouldBeGreaterThan(100);
        texts.ShouldAllBe(t =>
            t.Length > 0
            && t == t.Trim()
            && !t.EndsWith(':')
            && !t.Contains("  ")
            && !t.Contains("()")
            && !t.Contains("\"\"")
            && !t.Contains(": ;")
        );
    }
}
