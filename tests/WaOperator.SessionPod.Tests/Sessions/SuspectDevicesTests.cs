using WaOperator.Domain;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Sessions;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class SuspectDevicesTests
{
    private readonly FakeTime _time = new();
    private readonly PodMetrics _metrics = new();

    [Fact]
    public async Task A_finding_counts_once_a_minute_for_each_session_and_reason()
    {
        var suspects = new SuspectDevices(_metrics, _time);
        suspects.Found(1, "ns/acme", Reasons.DeviceIdHigh).ShouldBeTrue();
        suspects.Found(1, "ns/acme", Reasons.DeviceIdHigh).ShouldBeFalse();
        suspects.Found(2, "ns/acme", Reasons.DeviceIdHigh).ShouldBeTrue();
        suspects.Found(1, "ns/acme", Reasons.DeviceIdMissing).ShouldBeTrue();
        _time.Advance(SuspectDevices.Pause - TimeSpan.FromMilliseconds(1));
        suspects.Found(1, "ns/acme", Reasons.DeviceIdHigh).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        suspects.Found(1, "ns/acme", Reasons.DeviceIdHigh).ShouldBeTrue();
        suspects.Found(1, "ns/acme", Reasons.DeviceIdHigh).ShouldBeFalse();

        var shown = (await Exposition.ReadAsync(_metrics.Registry)).Split('\n');
        shown.ShouldContain(
            "wa_device_suspect_total{tenant=\"ns/acme\",reason=\"DeviceIdHigh\"} 3"
        );
        shown.ShouldContain(
            "wa_device_suspect_total{tenant=\"ns/acme\",reason=\"DeviceIdMissing\"} 1"
        );
    }
}
