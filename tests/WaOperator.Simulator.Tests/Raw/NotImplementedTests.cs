using System.Xml.Linq;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>What the simulator does not do is answered with 501, never with success.</summary>
public sealed class NotImplementedTests : IAsyncLifetime
{
    private readonly RawDevice _anna = new();
    private Simulation _simulation = null!;
    private RawClient _client = null!;

    /// <summary>Queries; GROUP is a group that Anna administers, ANNA her address.</summary>
    private static readonly string[] Queries =
    [
        // The account.
        "<iq type='set' xmlns='privacy'><privacy><category name='last' value='contact_blacklist'/></privacy></iq>",
        "<iq type='get' xmlns='disappearing_mode'><disappearing_mode/></iq>",
        "<iq type='set' xmlns='privacy'><tokens><token jid='ANNA' t='1' type='trusted_contact'/></tokens></iq>",
        "<iq type='get' xmlns='privacy'><list name='last' value='contact_blacklist'/></iq>",
        "<iq type='set' xmlns='urn:xmpp:whatsapp:push'><config id='x' platform='web'/></iq>",
        "<iq type='set' xmlns='w:stats'><add t='1'/></iq>",
        "<iq type='get' xmlns='status'><user jid='ANNA'/></iq>",
        "<iq type='set' xmlns='w:sync:app:state'><sync><collection name='regular' version='1'><patch/></collection></sync></iq>",
        "<iq type='set' xmlns='w:sync:app:state'><sync><delete_all_data/></sync></iq>",
        "<iq type='set' xmlns='urn:xmpp:whatsapp:dirty'><dirty/></iq>",
        "<iq type='set' xmlns='abt'><props/></iq>",
        "<iq type='get' xmlns='w'><config/></iq>",
        "<iq type='set' xmlns='blocklist'><item action='block' jid='ANNA'/><item action='block' jid='ANNA'/></iq>",
        "<iq type='get' xmlns='blocklist'><list/></iq>",
        "<iq type='set' xmlns='passive'><other/></iq>",
        "<iq type='set' xmlns='md'><other/></iq>",
        "<iq type='get' xmlns='encrypt'><identity/></iq>",
        "<iq type='set' xmlns='w:m'><other/></iq>",
        "<iq type='get' xmlns='w:p'><other/></iq>",
        "<iq type='get' xmlns='w:biz'><business_profile/></iq>",
        "<iq type='get' xmlns='w:mex'><query/></iq>",
        "<iq type='get' xmlns='w:qr'><qr/></iq>",
        "<iq type='get' xmlns='newsletter'><messages/></iq>",
        "<iq type='other' xmlns='privacy'><privacy/></iq>",
        "<iq type='get' xmlns='w:profile:picture' target='ANNA'><picture type='image'/></iq>",
        "<iq type='get' xmlns='w:profile:picture' target='ANNA'><picture type='image' query='url'/><tctoken/></iq>",
        "<iq type='set' xmlns='w:profile:picture'><picture type='preview'/></iq>",
        // Questions about accounts.
        "<iq type='get' xmlns='usync'><usync mode='query'><query><username/></query><list/></usync></iq>",
        "<iq type='get' xmlns='usync'><usync mode='query'><query><bot/></query><list/></usync></iq>",
        "<iq type='get' xmlns='usync'><usync mode='query'><query><contact/></query><list/><side_list/></usync></iq>",
        "<iq type='get' xmlns='usync'><usync mode='query' allow_mutation='true'><query><contact/></query><list/></usync></iq>",
        // Groups.
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><parent default_membership_approval_mode='other'/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><parent/><linked_parent jid='GROUP'/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><membership_approval_mode/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><description id='1' t='1'/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><create_general_chat/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><parent/><locked/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A' hidden='true'/></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><create subject='A'><participant jid='ANNA' type='admin'/></create></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><membership_approval_mode><group_join state='on' x='1'/></membership_approval_mode></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><membership_requests_action><approve><participant jid='ANNA' x='1'/></approve></membership_requests_action></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><remove linked_groups='false'><participant jid='ANNA'/></remove></iq>",
        "<iq type='set' xmlns='w:g2' to='@g.us'><leave><linked_groups parent_group_jid='GROUP'/></leave></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><accept code='x' expiration='1' admin='ANNA'/></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><links><link link_type='sub_group' x='1'/></links></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><unlink unlink_type='sub_group' x='1'/></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><delete_parent/></iq>",
        "<iq type='get' xmlns='w:g2' to='GROUP'><sub_groups x='1'/></iq>",
        "<iq type='get' xmlns='w:g2' to='GROUP'><linked_groups_participants x='1'/></iq>",
        "<iq type='get' xmlns='w:g2' to='GROUP'><query type='sub_group' jid='GROUP'/></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><ephemeral expiration='86400' trigger='1'/></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><allow_admin_reports/></iq>",
        "<iq type='set' xmlns='w:g2' to='GROUP'><never_heard_of/></iq>",
    ];

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await _anna.PairAsync(_simulation);
        _client = await _anna.LoginAsync(_simulation);
        await _client.ActivateAsync();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _simulation.DisposeAsync();
    }

    [Fact]
    public async Task Queries_and_changes_that_are_not_done_are_refused_and_change_nothing()
    {
        var made = await _client.AskAsync(
            Node("<iq type='set' xmlns='w:g2' to='@g.us'><create subject='Garden'/></iq>", "")
        );
        var group = $"{made.Child("group")!["id"]}@g.us";
        var before = await GroupAsync(group);
        foreach (var text in Queries)
        {
            var answer = await _client.AskAsync(Node(text, group));
            (answer["type"], answer.Child("error")?["code"]).ShouldBe(("error", "501"), text);
        }
        (await GroupAsync(group)).ShouldBe(before);
        (await _simulation.EventsAsync("unsupportedQuery")).Count.ShouldBe(Queries.Length);
    }

    [Theory]
    [InlineData("123@broadcast")]
    [InlineData("123@newsletter")]
    public async Task A_message_to_a_kind_of_address_that_is_not_there_is_refused(string to)
    {
        await _client.SendAsync(StanzaTests.Message("m-1", Jid.Parse(to)));
        (await _client.WaitAsync("ack", a => a["id"] == "m-1"))["error"].ShouldBe("501");
    }

    [Fact]
    public async Task A_status_without_devices_that_it_is_for_is_malformed()
    {
        await _client.SendAsync(StanzaTests.Message("m-1", Jid.Status));
        (await _client.WaitAsync("ack", a => a["id"] == "m-1"))["error"].ShouldBe("479");
    }

    [Fact]
    public async Task Calls_are_refused_and_what_has_no_answer_is_noted()
    {
        await _client.SendAsync(Node("<call id='c-1' to='ANNA'><offer/></call>", ""));
        (await _client.WaitAsync("ack", a => a["id"] == "c-1"))["error"].ShouldBe("501");
        await _client.SendAsync(Node("<presence type='unsubscribe' to='ANNA'/>", ""));
        await _client.SendAsync(Node("<ib><never_heard_of/></ib>", ""));
        await _client.AskAsync("get", "w:p", new BinaryNode("ping"));
        (await _simulation.EventsAsync("unsupportedStanza")).Count.ShouldBe(3);
    }

    private async Task<string> GroupAsync(string group)
    {
        var answer = await _client.AskAsync(
            Node("<iq type='get' xmlns='w:g2' to='GROUP'><query/></iq>", group)
        );
        return Describe(answer.Child("group")!);
    }

    private static string Describe(BinaryNode node)
    {
        var attributes = new List<string>();
        foreach (var (name, value) in node.Attributes)
            attributes.Add($"{name}={value}");
        return $"{node.Tag} {string.Join(' ', attributes)} [{string.Join(';', node.Children.Select(Describe))}]";
    }

    private BinaryNode Node(string xml, string group) =>
        Node(
            XElement.Parse(
                xml.Replace("xmlns=", "namespace=", StringComparison.Ordinal)
                    .Replace("GROUP", group, StringComparison.Ordinal)
                    .Replace("ANNA", _anna.Jid.ToString(), StringComparison.Ordinal)
            )
        );

    private static BinaryNode Node(XElement element)
    {
        var node = element.HasElements
            ? new BinaryNode(element.Name.LocalName)
            {
                Children = [.. element.Elements().Select(Node)],
            }
            : new BinaryNode(element.Name.LocalName);
        foreach (var attribute in element.Attributes())
        {
            var name = attribute.Name.LocalName;
            node[name == "namespace" ? "xmlns" : name] = attribute.Value;
        }
        return node;
    }
}
