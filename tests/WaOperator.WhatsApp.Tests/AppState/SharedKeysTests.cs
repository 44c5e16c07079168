using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.AppState;

public sealed class SharedKeysTests
{
    [Fact]
    public void The_newest_key_is_written_with_and_damaged_ones_are_not_kept()
    {
        var keys = SharedKeys.None.With(
            Share(([1], 32, 5), ([2, 2], 32, 7), ([3], 31, 9), ([], 32, 9))
        );
        keys.Count.ShouldBe(2);
        keys.Newest!.Id.ShouldBe([2, 2]);
        keys = keys.With(Share(([4], 32, 6)));
        keys.Newest!.Id.ShouldBe([2, 2]);
        keys.Find("04").ShouldNotBeNull();
        keys.Find("03").ShouldBeNull();
        SharedKeys.None.Newest.ShouldBeNull();
    }

    [Fact]
    public void They_are_read_as_they_were_stored_and_a_part_of_that_is_damaged_or_fewer()
    {
        var keys = SharedKeys.None.With(Share(([1], 32, 5), ([2, 2], 32, -7)));
        var stored = keys.Serialize();
        var read = SharedKeys.Deserialize(stored);
        (read.Count, read.Newest!.Timestamp).ShouldBe((2, 5L));
        read.Newest.Id.ShouldBe([1]);
        read.Find("0202").ShouldBe(keys.Find("0202"));
        for (var length = 0; length < stored.Length; length++)
        {
            var cut = stored[..length];
            // Between two keys it is whole, and has fewer.
            var fault = Record.Exception(() =>
                SharedKeys.Deserialize(cut).Count.ShouldBeLessThan(2)
            );
            (fault is null or InvalidDataException).ShouldBeTrue($"{length} bytes: {fault}");
        }
    }

    [Fact]
    public void Of_too_many_the_newest_stay()
    {
        var many = Enumerable
            .Range(0, AppStateLimits.Keys)
            .Select(i => (new[] { (byte)i, (byte)(i >> 8) }, 32, (long)i));
        var keys = SharedKeys.None.With(Share([.. many])).With(Share(([9], 32, long.MaxValue)));
        keys.Count.ShouldBe(AppStateLimits.Keys);
        keys.Find("09").ShouldNotBeNull();
        keys.Find("0000").ShouldBeNull();
    }

    private static AppStateSyncKeyShare Share(
        params (byte[] Id, int Size, long Timestamp)[] keys
    ) =>
        new()
        {
            Keys =
            {
                keys.Select(key => new AppStateSyncKey
                {
                    KeyId = new() { KeyId = ByteString.CopyFrom(key.Id) },
                    KeyData = new()
                    {
                        KeyData = ByteString.CopyFrom(new byte[key.Size]),
                        Timestamp = key.Timestamp,
                    },
                }),
            },
        };
}
