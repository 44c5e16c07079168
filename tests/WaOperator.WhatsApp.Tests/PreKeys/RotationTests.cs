using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.PreKeys;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.PreKeys;

public sealed class RotationTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Age = TimeSpan.FromDays(30);
    private static readonly TimeSpan QueryTimeout = TimeSpan.FromMinutes(10);

    [Fact]
    public void It_is_due_at_its_age_when_the_age_is_not_known_and_while_one_is_under_way()
    {
        var made = DeviceCredentials.Create() with { SignedPreKeyAt = Now };
        Rotation.IsDue(made, Now + Age - TimeSpan.FromSeconds(1), Age).ShouldBeFalse();
        Rotation.IsDue(made, Now + Age, Age).ShouldBeTrue();
        Rotation.IsDue(made with { SignedPreKeyAt = null }, Now, Age).ShouldBeTrue();
        Rotation.IsDue(Rotation.Begin(made), Now, Age).ShouldBeTrue();
    }

    [Fact]
    public void Whichever_the_server_gives_out_is_found_until_the_rotation_after_the_next()
    {
        var made = DeviceCredentials.Create();
        var begun = Rotation.Begin(made);
        Rotation.Begin(begun).ShouldBe(begun);
        begun.FindSignedPreKey(1).ShouldBe(made.SignedPreKey);
        begun.FindSignedPreKey(2).ShouldBe(begun.NextSignedPreKey);
        Rotation.End(begun, 3, Now).ShouldBe(begun);
        var ended = Rotation.End(begun, 2, Now);
        ended.SignedPreKey.ShouldBe(begun.NextSignedPreKey);
        ended.FindSignedPreKey(1).ShouldBe(made.SignedPreKey);
        ended.SignedPreKeyAt.ShouldBe(Now);
        var again = Rotation.End(Rotation.Begin(ended), 3, Now);
        again.FindSignedPreKey(2).ShouldBe(ended.SignedPreKey);
        again.FindSignedPreKey(1).ShouldBeNull();
    }

    [Fact]
    public void The_ids_begin_again_after_three_bytes()
    {
        var made = DeviceCredentials.Create();
        var last = made with { SignedPreKey = made.SignedPreKey with { Id = 0xFFFFFE } };
        Rotation.Begin(last).NextSignedPreKey!.Id.ShouldBe(1U);
    }

    [Fact]
    public async Task A_key_that_has_served_its_time_is_replaced_and_what_was_begun_with_it_is_read()
    {
        await using var chat = new Chat(queryTimeout: QueryTimeout);
        await chat.ConnectAsync();
        chat.First.Begin(chat.Store);
        var before = chat.Store.Credentials!;
        var rotate = await RotatedAsync(
            chat.Server,
            chat.Time,
            () => chat.Store.Credentials!.NextSignedPreKey is not null
        );
        await Eventually.True(
            "the rotation to be stored",
            () => chat.Store.Credentials!.SignedPreKeyAt is not null
        );
        var after = chat.Store.Credentials!;
        var key = rotate.Child("rotate")!.Child("skey")!;
        key.Child("id")!.Bytes.ShouldBe([0, 0, 2]);
        key.Child("value")!.Bytes.ShouldBe(after.SignedPreKey.Key.Public);
        key.Child("signature")!.Bytes.ShouldBe(after.SignedPreKey.Signature);
        after.FormerSignedPreKey!.Key.Private.ShouldBe(before.SignedPreKey.Key.Private);
        after.NextSignedPreKey.ShouldBeNull();

        await chat.DeliverAsync(chat.First, "A1", [chat.First.Write(FakePeer.Text("late"))]);
        await chat.AckAsync("A1");
        chat.Texts.ShouldBe(["late"]);
    }

    [Fact]
    public async Task A_rotation_whose_answer_was_lost_ends_with_the_next_digest()
    {
        await using var rig = new Rig();
        rig.Options = rig.Options with { QueryTimeout = QueryTimeout };
        rig.Server.Answer = query =>
            query.Child("rotate") is null ? Greetings.Answer(query) : Greetings.Refusal(query, 503);
        await rig.StartConnectedAsync();
        await RotatedAsync(
            rig.Server,
            rig.Time,
            () => rig.Store.Credentials!.NextSignedPreKey is not null
        );
        var next = rig.Store.Credentials!.NextSignedPreKey.ShouldNotBeNull();
        await rig.Link.CloseAsync();
        await rig.EndAsync();

        rig.Server.Answer = query => Digest(query, next) ?? Greetings.Answer(query);
        rig.Events.Clear();
        await rig.StartConnectedAsync();
        rig.Store.Credentials!.SignedPreKey.Key.Public.ShouldBe(next.Key.Public);
        rig.Store.Credentials!.NextSignedPreKey.ShouldBeNull();
        rig.Link.Received.ShouldNotContain(node => IsRotation(node));
    }

    [Fact]
    public async Task A_server_with_a_key_that_is_not_stored_is_given_the_stored_one()
    {
        await using var rig = new Rig();
        var stranger = SignedPreKey.Create(KeyPair.Generate(), 9);
        rig.Server.Answer = query => Digest(query, stranger) ?? Greetings.Answer(query);
        await rig.StartConnectedAsync();
        var rotate = rig.Link.Received.Single(IsRotation);
        rotate
            .Child("rotate")!
            .Child("skey")!
            .Child("value")!
            .Bytes.ShouldBe(rig.Store.Credentials!.SignedPreKey.Key.Public);
        rig.Store.Credentials!.FormerSignedPreKey.ShouldBeNull();
    }

    /// <summary>
    /// Lets up to a day pass, at a random time of which the first rotation begins. Silence would end the connection, so before each step
    /// the device has heard from the server. The rotation's answer takes real time, its time-out that of the clock: no step is longer
    /// than that, and the clock stands once the rotation has begun.
    /// </summary>
    private static async Task<BinaryNode> RotatedAsync(
        FakeServer server,
        FakeTime time,
        Func<bool> begun
    )
    {
        var end = time.GetUtcNow() + TimeSpan.FromHours(25);
        for (var ping = 0; !begun() && Find() is null && time.GetUtcNow() < end; ping++)
        {
            await HeardAsync(server.Last, $"ping-{ping}");
            time.Advance(QueryTimeout - TimeSpan.FromMinutes(1));
        }
        return await Eventually.Get("the rotation within a day", () => Task.FromResult(Find()));

        BinaryNode? Find() => server.Last.Received.FirstOrDefault(IsRotation);
    }

    private static async Task HeardAsync(ServerLink link, string id)
    {
        await link.SendAsync(
            new BinaryNode("iq")
            {
                ["from"] = Greetings.Server,
                ["type"] = "get",
                ["id"] = id,
                ["xmlns"] = "urn:xmpp:ping",
            }
        );
        await Eventually.True(
            $"the answer to {id}",
            () => link.Received.Any(node => node["id"] == id)
        );
    }

    private static bool IsRotation(BinaryNode node) => node.Child("rotate") is not null;

    private static BinaryNode? Digest(BinaryNode query, SignedPreKey key) =>
        query.FirstChild?.Tag == "digest"
            ? Greetings.Result(
                query,
                new BinaryNode("digest")
                {
                    Children =
                    [
                        new BinaryNode("skey")
                        {
                            Children =
                            [
                                new BinaryNode("id") { Bytes = [0, 0, (byte)key.Id] },
                                new BinaryNode("value") { Bytes = key.Key.Public },
                                new BinaryNode("signature") { Bytes = key.Signature },
                            ],
                        },
                    ],
                }
            )
            : null;
}
