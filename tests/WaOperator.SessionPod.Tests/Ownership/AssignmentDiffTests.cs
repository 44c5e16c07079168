using WaOperator.SessionPod.Ownership;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.Ownership;

public sealed class AssignmentDiffTests
{
    internal static Assignment Placed(long id, string request = "", ShardId? owner = null) =>
        new()
        {
            Id = id,
            TenantId = 1,
            Namespace = "ns",
            Name = $"s-{id}",
            Tenant = "acme",
            Phone = "4917000001",
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "d",
            PairRequest = request,
            Owner = owner,
            OwnerLeaseEpoch = 1,
        };

    private static AssignmentDiff Diff(Assignment[] placed, params Assignment[] running) =>
        AssignmentDiff.Between(placed, running.ToDictionary(r => r.Id), r => r);

    [Fact]
    public void Claims_what_is_new_and_leaves_what_is_gone()
    {
        var diff = Diff([Placed(1), Placed(2)], Placed(2), Placed(3));
        diff.Claim.Select(a => a.Id).ShouldBe([1]);
        diff.Leave.ShouldBe([3]);
        diff.Update.ShouldBeEmpty();
    }

    [Fact]
    public void Passes_a_changed_wish_on_and_no_change_of_owner()
    {
        var diff = Diff(
            [
                Placed(1, "again"),
                Placed(2, owner: new ShardId("p", 3)),
                Placed(3) with
                {
                    History = "Full",
                },
            ],
            Placed(1),
            Placed(2, owner: new ShardId("p", 1)),
            Placed(3)
        );
        diff.Update.Select(a => a.Id).ShouldBe([1, 3]);
        diff.Claim.ShouldBeEmpty();
        diff.Leave.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_placed_leaves_all() =>
        Diff([], Placed(1), Placed(2)).Leave.ShouldBe([1, 2], ignoreOrder: true);
}
