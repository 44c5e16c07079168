using WaOperator.Domain;

namespace WaOperator.Resources.Tests;

public sealed class CloudIdsTests
{
    [Theory]
    [InlineData("3EB0", "wamid.M0VCMA")]
    [InlineData("3A1", "wamid.M0Ex")]
    [InlineData("?>\u00e4", "wamid.Pz7DpA")]
    public void An_id_is_read_as_what_it_was_made_of(string id, string wamid)
    {
        CloudIds.ToCloud(id).ShouldBe(wamid);
        CloudIds.TryRead(wamid, out var read).ShouldBeTrue();
        read.ShouldBe(id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wamid.")]
    [InlineData("3EB0")]
    [InlineData("Wamid.M0VCMA")]
    [InlineData("wamid.M0VCMA==")]
    [InlineData("wamid.M0VCMB")] // bits behind the end
    [InlineData("wamid. M0VCMA")]
    [InlineData("wamid.M0/+MA")]
    [InlineData("wamid._____w")] // no UTF-8
    [InlineData("wamid.M")]
    public void Other_texts_are_none(string wamid)
    {
        CloudIds.TryRead(wamid, out var id).ShouldBeFalse();
        id.ShouldBe("");
        CloudIds.TryRead("wamid." + new string('A', 600), out _).ShouldBeFalse();
    }
}
