using System.Net.Sockets;
using Npgsql;

namespace WaOperator.Store.Tests;

public sealed class DatabaseFailureTests
{
    public static TheoryData<Exception, bool> Failures =>
        new()
        {
            { new NpgsqlException("x"), true },
            { new CommitUnknownException("x"), true },
            { new PostgresException("x", "ERROR", "ERROR", "42P01"), true },
            { new TimeoutException(), true },
            { new SocketException(), true },
            { new EndOfStreamException(), true },
            { new InvalidOperationException(), false },
            { new OperationCanceledException(), false },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Only_what_comes_of_the_way_to_the_database_is_an_absence(
        Exception failure,
        bool away
    ) => DatabaseFailure.IsAway(failure).ShouldBe(away);

    public static TheoryData<Exception> Cuts =>
        [new SocketException(), new EndOfStreamException(), new TimeoutException()];

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_commit_that_is_cut_off_is_unknown_by_whatever_exception_Npgsql_reports_it(
        Exception cut
    )
    {
        await using var connection = new NpgsqlConnection("Host=localhost");
        await Should.ThrowAsync<CommitUnknownException>(() =>
            Commits.RunAsync<int>(connection, () => throw cut, CancellationToken.None)
        );
        Should.Throw<CommitUnknownException>(() => Commits.Run<int>(connection, () => throw cut));
    }

    [Theory]
    [InlineData("08006", true, false)] // a pooler lost its server
    [InlineData("40P01", true, false)] // deadlock
    [InlineData("53300", true, false)] // too many connections
    [InlineData("55P03", true, false)] // lock not available
    [InlineData("57P03", true, false)] // starting up
    [InlineData("25006", true, false)] // a standby now
    [InlineData("21000", false, true)] // a row twice
    [InlineData("22001", false, true)] // too long
    [InlineData("23514", false, true)] // check violation
    [InlineData("54000", false, true)] // a limit
    [InlineData("42501", false, false)] // no right
    [InlineData(SqlStates.Fenced, false, false)]
    public void An_answer_is_of_the_moment_of_the_data_or_of_neither(
        string state,
        bool passing,
        bool ofData
    )
    {
        var answer = new PostgresException("x", "ERROR", "ERROR", state);
        DatabaseFailure.IsPassing(answer).ShouldBe(passing);
        DatabaseFailure.IsOfData(answer).ShouldBe(ofData);
    }
}
