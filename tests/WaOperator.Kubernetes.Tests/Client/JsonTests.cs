using System.Text;
using System.Text.Json;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests.Client;

public sealed class JsonTests
{
    /// <summary>However the bytes are cut on their way, the list is the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public async Task A_list_is_read_as_it_arrives(int piece)
    {
        var items = Enumerable
            .Range(0, 300)
            .Select(i => new Widget
            {
                Metadata = new()
                {
                    Name = $"w{i}",
                    Annotations = new Dictionary<string, string> { ["pad"] = new('x', i * 3) },
                },
                Spec = new() { Size = i },
            });
        var json = $$$"""
            {"kind":"WidgetList","apiVersion":"test.example.com/v1","metadata":{"resourceVersion":"42","continue":"next","extra":{"a":[1,{}]}},
             "items":[{{{string.Join(
                ',',
                items.Select(w => JsonSerializer.Serialize(w, Widget.Resource.TypeInfo))
            )}}}], "tail": [1,2]}
            """;
        await using var body = new PiecewiseStream(Encoding.UTF8.GetBytes(json), piece);

        var list = await ListReader.ReadAsync(body, Widget.Resource.TypeInfo, default);

        list.Metadata.ResourceVersion.ShouldBe("42");
        list.Metadata.Continue.ShouldBe("next");
        list.Items.Select(w => w.Spec!.Size)
            .ShouldBe(Enumerable.Range(0, 300).Select(i => (int?)i));
        list.Items[299].Metadata.Annotation("pad")!.Length.ShouldBe(897);
    }

    [Fact]
    public async Task An_empty_list_and_items_that_are_null_are_fine_but_a_cut_list_is_not()
    {
        async Task<int> CountAsync(string json)
        {
            await using var body = new PiecewiseStream(Encoding.UTF8.GetBytes(json), 5);
            return (await ListReader.ReadAsync(body, Widget.Resource.TypeInfo, default))
                .Items
                .Count;
        }
        (await CountAsync("""{"metadata":{},"items":[]}""")).ShouldBe(0);
        (await CountAsync("""{"items":null,"metadata":{}}""")).ShouldBe(0);
        await Should.ThrowAsync<IOException>(() =>
            CountAsync("""{"metadata":{},"items":[{"kind":"Widget"},""")
        );
        await Should.ThrowAsync<InvalidDataException>(() => CountAsync("[]"));
    }

    [Fact]
    public async Task A_watch_is_read_line_by_line_in_whatever_order_its_fields_come()
    {
        var lines = """
            {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1","managedFields":[{"x":1}]},"unknown":{"y":[]}}}
            {"object":{"metadata":{"name":"a","resourceVersion":"2"}},"type":"MODIFIED"}
            {"type":"BOOKMARK","object":{"kind":"Widget","metadata":{"resourceVersion":"3","annotations":{"k8s.io/initial-events-end":"true"}},"spec":{"size":null}}}
            {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"4"}}}
            {"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"5"}}}
            {"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}}

            """;
        await using var body = new PiecewiseStream(Encoding.UTF8.GetBytes(lines), 11);
        var seen = new List<string>();

        var e = await Should.ThrowAsync<KubernetesException>(async () =>
        {
            await foreach (
                var w in WatchReader.ReadAsync(
                    body,
                    Widget.Resource.TypeInfo,
                    "watch widgets",
                    default
                )
            )
                seen.Add(
                    $"{w.Type} {w.Object?.Metadata.Name} {w.ResourceVersion} {w.InitialEventsEnd}"
                );
        });

        e.IsExpired.ShouldBeTrue();
        seen.ShouldBe([
            "Added a 1 False",
            "Modified a 2 False",
            "Bookmark  3 True",
            "Bookmark  4 False",
            "Deleted a 5 False",
        ]);
    }

    [Fact]
    public void Times_are_written_as_the_server_keeps_them()
    {
        var at = new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));
        var json = JsonSerializer.Serialize(
            new Lease
            {
                Metadata = new() { CreationTimestamp = at },
                Spec = new() { RenewTime = at },
            },
            CoreJsonContext.Default.Lease
        );
        json.ShouldBe(
            """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"creationTimestamp":"2030-01-02T01:04:05Z"},"spec":{"renewTime":"2030-01-02T01:04:05.678000Z"}}"""
        );
    }

    [Fact]
    public void What_only_fills_the_cache_is_not_read_and_what_repeats_is_shared()
    {
        const string Json = """
            {"metadata":{"name":"w","namespace":"shared-namespace","managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}}],
             "labels":{"app":"shared-label","empty":""},"finalizers":["example.com/shared"],
             "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","kept":"ä\\n"}},
             "status":{"conditions":[{"type":"Ready","status":"True","reason":"shared-reason"}]} }
            """;
        Widget Read() => JsonSerializer.Deserialize(Json, Widget.Resource.TypeInfo)!;
        var one = Read();
        var two = Read();

        one.Metadata.Labels.ShouldBe(
            new Dictionary<string, string> { ["app"] = "shared-label", ["empty"] = "" }
        );
        one.Metadata.Annotations.ShouldBe(new Dictionary<string, string> { ["kept"] = "ä\\n" });
        one.Metadata.Annotations!.ContainsKey("none").ShouldBeFalse();
        one.Metadata.Annotations["kept"].ShouldBe("ä\\n");
        Should.Throw<KeyNotFoundException>(() => one.Metadata.Annotations["none"]);
        one.Metadata.Finalizers.ShouldBe(["example.com/shared"]);
        two.Metadata.Namespace.ShouldBeSameAs(one.Metadata.Namespace);
        two.Metadata.Label("app").ShouldBeSameAs(one.Metadata.Label("app"));
        two.Metadata.Finalizers![0].ShouldBeSameAs(one.Metadata.Finalizers![0]);
        two.Status!.Conditions![0].Reason.ShouldBeSameAs(one.Status!.Conditions![0].Reason);
        var again = JsonSerializer.Deserialize(
            JsonSerializer.Serialize(one, Widget.Resource.TypeInfo),
            Widget.Resource.TypeInfo
        )!;
        again.Metadata.Annotations.ShouldBe(one.Metadata.Annotations);
        again.Metadata.Labels.ShouldBe(one.Metadata.Labels);
    }

    [Fact]
    public void A_condition_keeps_its_time_while_its_status_does()
    {
        var start = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        IReadOnlyList<Condition>? none = null;
        var one = none.Set(
            new()
            {
                Type = "Ready",
                Status = "False",
                Reason = "Waits",
            },
            start.AddMilliseconds(300)
        );
        one.Single().LastTransitionTime.ShouldBe(start);

        var two = one.Set(
            new()
            {
                Type = "Ready",
                Status = "False",
                Reason = "StillWaits",
            },
            start.AddMinutes(1)
        );
        two.Single().LastTransitionTime.ShouldBe(start);
        two.Single().Reason.ShouldBe("StillWaits");

        var three = two.Set(new() { Type = "Placed", Status = "True" }, start.AddMinutes(2))
            .Set(new() { Type = "Ready", Status = "True" }, start.AddMinutes(3));
        three
            .Select(c => (c.Type, c.LastTransitionTime))
            .ShouldBe([("Ready", start.AddMinutes(3)), ("Placed", start.AddMinutes(2))]);
        three.IsTrue("Ready").ShouldBeTrue();
        one.Single().Status.ShouldBe("False", "lists are not changed in place");
    }

    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
