using WaOperator.Testing;
using WaOperator.WhatsApp.Receiving;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Tests.Receiving;

/// <summary>A stranger who skips far in his sender key with each message costs bounded work and bounded bytes.</summary>
public sealed class WorkBudgetTests
{
    private const int Jump = 20_000;
    private const int Bytes = 18 * 1024;

    private static readonly Jid Trip = new("120363000000000001", Jid.GroupServer);
    private static readonly Jid Eve = new("66666", Jid.LidServer);
    private static readonly Jid Bob = new("77777", Jid.LidServer);

    private readonly FakeTime _time = new();
    private readonly WorkBudget _budget;
    private SenderKeyRecord _evil = SenderKeyRecord.Create();

    public WorkBudgetTests() => _budget = new(_time);

    [Fact]
    public void A_stream_of_jumps_costs_no_more_than_the_budget_and_a_record_stays_small()
    {
        var record = GroupCipher.Process(null, GroupCipher.Distribute(_evil));
        var (steps, read) = (0L, 0);
        for (var i = 0; i < 100; i++)
        {
            var meter = _budget.For(Eve, Trip);
            try
            {
                record = GroupCipher.Decrypt(record, Jumped(Jump), meter).Record;
                read++;
            }
            catch (SignalException e)
                when (e.Reason is SignalFailure.TooCostly or SignalFailure.TooFarAhead)
            {
                // The key given again gets over the gap without deriving what lies in it.
                record = GroupCipher.Process(record, GroupCipher.Distribute(_evil));
            }
            steps += meter.Steps;
            record.Serialize().Length.ShouldBeLessThan(Bytes);
            _time.Advance(TimeSpan.FromMilliseconds(90));
        }
        read.ShouldBeGreaterThan(0, "one such gap is allowed");
        var most = WorkBudget.Burst + 9 * WorkBudget.PerSecond + 100 * WorkMeter.Free;
        steps.ShouldBeLessThan(most);
    }

    [Fact]
    public void Many_accounts_together_cost_no_more_than_all_may()
    {
        var steps = 0L;
        for (var i = 0; i < 40; i++)
        {
            var record = GroupCipher.Process(null, GroupCipher.Distribute(_evil));
            var meter = _budget.For(new($"{1000 + i}", Jid.LidServer), Trip);
            try
            {
                GroupCipher.Decrypt(record, Jumped(Jump), meter);
            }
            catch (SignalException e) when (e.Reason is SignalFailure.TooCostly) { }
            steps += meter.Steps;
        }
        steps.ShouldBeLessThan(WorkBudget.BurstOfAll + 40 * WorkMeter.Free);
    }

    [Fact]
    public void Others_ordinary_messages_are_read_when_nothing_is_left()
    {
        Many_accounts_together_cost_no_more_than_all_may();
        _evil = SenderKeyRecord.Create();
        var record = GroupCipher.Process(null, GroupCipher.Distribute(_evil));
        foreach (var gap in new[] { 0, 1, 100, 250 })
            record = GroupCipher.Decrypt(record, Jumped(gap), _budget.For(Bob, Trip)).Record;
    }

    [Fact]
    public void A_refused_message_changes_nothing_and_is_read_when_there_is_budget_again()
    {
        var record = GroupCipher.Process(null, GroupCipher.Distribute(_evil));
        for (var i = 0; i < 2; i++)
            record = GroupCipher.Decrypt(record, Jumped(Jump), _budget.For(Eve, Trip)).Record;
        var before = record.Serialize();
        var next = Jumped(Jump);
        Should
            .Throw<SignalException>(() => GroupCipher.Decrypt(record, next, _budget.For(Eve, Trip)))
            .Reason.ShouldBe(SignalFailure.TooCostly);
        record.Serialize().ShouldBe(before);
        _time.Advance(TimeSpan.FromSeconds(2.0 * Jump / WorkBudget.PerSecond));
        GroupCipher.Decrypt(record, next, _budget.For(Eve, Trip)).Plaintext.ShouldBe([1]);
    }

    [Fact]
    public void A_record_of_an_earlier_release_is_read_and_trimmed()
    {
        var record = GroupCipher.Process(null, GroupCipher.Distribute(_evil));
        var chain = record.Current.Chain;
        chain.Take(1_500, 2_000);
        for (; _evil.Current.Chain.Next <= 1_500; )
            _evil.Current.Chain.Take(_evil.Current.Chain.Next, 0);
        record = SenderKeyRecord.Deserialize(record.Serialize());
        record.SkippedKeys.ShouldBe(1_500);
        record = GroupCipher.Decrypt(record, Jumped(0)).Record;
        record.SkippedKeys.ShouldBe(SenderKeyRecord.MaxSkipped);
    }

    /// <summary>Eve's next message after so many that she never sent.</summary>
    private byte[] Jumped(int count)
    {
        var chain = _evil.Current.Chain;
        for (; count > 0; count--)
            chain.Take(chain.Next, 0);
        var written = GroupCipher.Encrypt(_evil, [1]);
        _evil = written.Record;
        return written.Message;
    }
}
