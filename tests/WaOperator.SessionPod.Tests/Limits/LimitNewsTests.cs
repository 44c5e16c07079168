using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class LimitNewsTests
{
    private static readonly ProblemAnswer Answer = Problems.QueueFull("ns", "s", "10 messages");
    private readonly FakeTime _time = new();
    private readonly LimitNews _news;

    public LimitNewsTests() => _news = new(_time, NullLogger<LimitNews>.Instance);

    [Fact]
    public void Each_limit_of_a_session_is_told_once_an_hour_while_messages_are_refused()
    {
        var (one, other) = (new IdleSession(new(1, 1)), new IdleSession(new(2, 1)));
        for (var minute = 0; minute < 150; minute++)
        {
            Refuse(one, QuotaLimit.Minute);
            if (minute % 2 == 0)
                Refuse(one, reached: null);
            Refuse(other, QuotaLimit.Day);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Limits(one)
            .ShouldBe([
                ReachedLimit.Minute,
                ReachedLimit.Queue,
                ReachedLimit.Minute,
                ReachedLimit.Queue,
                ReachedLimit.Minute,
                ReachedLimit.Queue,
            ]);
        Limits(other).ShouldBe([ReachedLimit.Day, ReachedLimit.Day, ReachedLimit.Day]);
    }

    [Fact]
    public void What_could_not_be_told_is_told_with_the_next_refusal()
    {
        var session = new IdleSession(new(1, 1))
        {
            Fault = new NotStoredException(CommitOutcome.Unknown),
        };
        Refuse(session, QuotaLimit.Minute);
        session.Told.ShouldBeEmpty();

        session.Fault = null;
        Refuse(session, QuotaLimit.Minute);

        session.Told.Count.ShouldBe(1);
    }

    private void Refuse(IdleSession session, QuotaLimit? reached) =>
        _news.Refused(session, Answer, reached, limits: null);

    private static IEnumerable<ReachedLimit> Limits(IdleSession session) =>
        session.Told.Select(told => ((LimitReached)told).Limit);
}
