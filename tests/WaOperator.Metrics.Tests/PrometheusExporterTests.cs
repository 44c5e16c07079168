using System.Diagnostics.Metrics;

namespace WaOperator.Metrics.Tests;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new($"test-{Guid.NewGuid():N}");
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new(_meter.Name);

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_per_label_set_whatever_the_order_of_its_tags()
    {
        var counter = _meter.CreateCounter<long>("messages", description: "Messages sent.");
        counter.Add(2, new("kind", "text"), new("ok", true));
        counter.Add(3, new("ok", true), new("kind", "text"));
        counter.Add(1, new("kind", "image"), new("ok", false));

        _exporter
            .Collect()
            .ShouldBe(
                """
                # HELP messages_total Messages sent.
                # TYPE messages_total counter
                messages_total{kind="image",ok="false"} 1
                messages_total{kind="text",ok="true"} 5

                """
            );
    }

    [Fact]
    public void Label_values_and_help_are_escaped()
    {
        _meter
            .CreateCounter<int>("odd", description: "back\\slash\nand \"quotes\"")
            .Add(1, new KeyValuePair<string, object?>("v", "a\"b\\c\nd"));

        _exporter
            .Collect()
            .ShouldBe(
                "# HELP odd_total back\\\\slash\\nand \"quotes\"\n# TYPE odd_total counter\nodd_total{v=\"a\\\"b\\\\c\\nd\"} 1\n"
            );
    }

    [Fact]
    public void Names_are_made_valid_and_carry_their_unit_once()
    {
        _meter.CreateCounter<int>("a.b-c", "By").Add(1);
        _meter.CreateCounter<int>("x_seconds_total", "s").Add(1);
        _meter
            .CreateCounter<int>("9lives")
            .Add(1, new KeyValuePair<string, object?>("bad.name", null));

        _exporter
            .Collect()
            .Split('\n')
            .Where(l => !l.StartsWith('#') && l.Length > 0)
            .ShouldBe([
                "_9lives_total{bad_name=\"\"} 1",
                "a_b_c_bytes_total 1",
                "x_seconds_total 1",
            ]);
    }

    [Fact]
    public void A_histogram_counts_into_the_buckets_that_its_instrument_advises()
    {
        var histogram = _meter.CreateHistogram(
            "took",
            "s",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] }
        );
        foreach (var seconds in (double[])[0.05, 0.1, 0.5, 7])
            histogram.Record(seconds, new KeyValuePair<string, object?>("op", "get"));

        _exporter
            .Collect()
            .ShouldBe(
                """
                # TYPE took_seconds histogram
                took_seconds_bucket{op="get",le="0.1"} 2
                took_seconds_bucket{op="get",le="1"} 3
                took_seconds_bucket{op="get",le="+Inf"} 4
                took_seconds_sum{op="get"} 7.65
                took_seconds_count{op="get"} 4

                """
            );
    }

    [Fact]
    public void Gauges_show_the_last_value_and_up_down_counters_the_balance()
    {
        var gauge = _meter.CreateGauge<double>("temperature");
        gauge.Record(20);
        gauge.Record(double.PositiveInfinity);
        var open = _meter.CreateUpDownCounter<int>("open");
        open.Add(5);
        open.Add(-2);

        _exporter
            .Collect()
            .ShouldBe("# TYPE open gauge\nopen 3\n# TYPE temperature gauge\ntemperature +Inf\n");
    }

    [Fact]
    public void What_is_observed_no_more_is_gone_at_the_next_scrape()
    {
        var queues = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 };
        _meter.CreateObservableGauge(
            "depth",
            () =>
                queues.Select(q => new Measurement<int>(
                    q.Value,
                    new KeyValuePair<string, object?>("name", q.Key)
                ))
        );

        _exporter
            .Collect()
            .ShouldBe("# TYPE depth gauge\ndepth{name=\"a\"} 1\ndepth{name=\"b\"} 2\n");
        queues.Remove("a");
        _exporter.Collect().ShouldBe("# TYPE depth gauge\ndepth{name=\"b\"} 2\n");
    }

    [Fact]
    public void Tags_of_meter_and_instrument_are_labels_too()
    {
        using var tagged = new Meter(
            new MeterOptions(_meter.Name) { Tags = [new("pool", "default")] }
        );
        tagged
            .CreateCounter<int>("tagged", null, null, [new("shard", 3)])
            .Add(1, new KeyValuePair<string, object?>("a", 1));

        _exporter.Collect().ShouldContain("tagged_total{a=\"1\",pool=\"default\",shard=\"3\"} 1\n");
    }

    [Fact]
    public void Other_meters_are_not_listened_to()
    {
        using var other = new Meter("other");
        other.CreateCounter<int>("foreign").Add(1);

        _exporter.Collect().ShouldBe("");
    }

    [Fact]
    public void Counting_from_many_threads_loses_nothing()
    {
        var counter = _meter.CreateCounter<long>("hits");
        var before = _exporter.Collect();
        Parallel.For(0, 20_000, i => counter.Add(1, new KeyValuePair<string, object?>("k", i % 3)));

        before.ShouldBe("");
        _exporter
            .Collect()
            .Split('\n')
            .Where(l => l.StartsWith("hits", StringComparison.Ordinal))
            .Sum(l => int.Parse(l.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))
            .ShouldBe(20_000);
    }
}
