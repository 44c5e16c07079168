using System.Net.Sockets;
using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Commit;

public sealed class CommitFailureTests
{
    [Theory]
    [InlineData("40001", CommitReaction.Retry)] // serialisation
    [InlineData("40P01", CommitReaction.Retry)] // deadlock
    [InlineData("53300", CommitReaction.Retry)] // too many connections
    [InlineData("55P03", CommitReaction.Retry)] // lock not available
    [InlineData("57014", CommitReaction.Retry)] // statement timeout
    [InlineData("57P03", CommitReaction.Retry)] // starting up
    [InlineData("25006", CommitReaction.Retry)] // a standby now
    [InlineData("23514", CommitReaction.Reject)] // check violation
    [InlineData("22001", CommitReaction.Reject)] // too long
    [InlineData("42501", CommitReaction.Reject)] // no right
    public void Tells_a_passing_failure_from_one_of_the_write(string state, object reaction) =>
        CommitFailure
            .Classify(new PostgresException("x", "ERROR", "ERROR", state))
            .ShouldBe((CommitReaction)reaction);

    [Fact]
    public void A_broken_connection_is_passing_an_unknown_commit_is_not_and_a_defect_is_neither()
    {
        CommitFailure.Classify(new NpgsqlException("x")).ShouldBe(CommitReaction.Retry);
        CommitFailure.Classify(new SocketException()).ShouldBe(CommitReaction.Retry);
        CommitFailure
            .Classify(new CommitUnknownException("x", new NpgsqlException("x")))
            .ShouldBe(CommitReaction.Ask);
        CommitFailure.Classify(new InvalidOperationException("x")).ShouldBeNull();
    }
}
