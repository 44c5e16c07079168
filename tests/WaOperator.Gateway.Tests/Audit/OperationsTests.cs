using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Description;

namespace WaOperator.Gateway.Tests.Audit;

public sealed class OperationsTests
{
    private static readonly Operations Known = Operations.Read(ApiFile.Read());

    [Theory]
    [InlineData("GET", "/v1/sessions", "listSessions")]
    [InlineData("POST", "/v1/sessions/", "createSession")]
    [InlineData("GET", "/v1/sessions/ns/support", "getSession")]
    [InlineData("HEAD", "/v1/sessions/ns/support", "getSession")]
    [InlineData("POST", "/v1/sessions/ns/support/messages", "sendMessage")]
    [InlineData("POST", "/v1/sessions/ns/support/messages/retry", "retryMessages")]
    [InlineData("DELETE", "/v1/sessions/ns/support/messages/m-1", "cancelMessage")]
    [InlineData("GET", "/v1/sessions/ns/support/messages/m-1/receipts", "listReceipts")]
    [InlineData("POST", "/v1/sessions/ns/support/groups/join", "joinGroup")]
    [InlineData("PATCH", "/v1/sessions/ns/support/groups/120363@g.us", "changeGroup")]
    [InlineData("GET", "/v1/pairing/token/events", "streamPairingLink")]
    public void An_operation_is_found_by_method_and_path(string method, string path, string id) =>
        Known.Find(method, path).Id.ShouldBe(id);

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "")]
    [InlineData("GET", "///")]
    [InlineData("BREW", "/v1/sessions")]
    [InlineData("GET", "/v1/sessions/ns/support/nothing/of/that/kind")]
    [InlineData("PUT", "/v1/sessions/ns/support/messages")]
    public void What_no_description_has_is_unknown(string method, string path) =>
        Known.Find(method, path).ShouldBe(new Operation(Operations.Unknown, false));

    [Theory]
    [InlineData("GET", "/v1/sessions/ns/support/messages/m-1", true)]
    [InlineData("GET", "/v1/sessions/ns/support/messages/m-1/receipts", true)]
    [InlineData("POST", "/v1/sessions/ns/support/messages/retry", false)]
    [InlineData("POST", "/v1/sessions/ns/support/messages", false)]
    public void Some_name_what_they_are_about(string method, string path, bool names) =>
        Known.Find(method, path).NamesSubject.ShouldBe(names);

    [Fact]
    public void Each_operation_of_the_description_is_found_by_its_own_path()
    {
        Known.Ids.Count.ShouldBeGreaterThan(40);
        Known.Ids.ShouldBeUnique();
        Known.Ids.ShouldContain("listAudit");
    }
}
