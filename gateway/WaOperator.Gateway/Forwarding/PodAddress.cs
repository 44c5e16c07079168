using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Where the API of a pod is: host and port. Made of what the directory says alone, never of what a pod or a client says.</summary>
/// <param name="place">A place with a pod.</param>
internal delegate string PodAddress(ServedPlace place);

/// <summary>Addresses as the headless Services of pools give them.</summary>
internal static class PodAddresses
{
    /// <summary>Of pods whose API is on this port.</summary>
    public static PodAddress OnPort(int port) =>
        place =>
            $"{(place.PodNamespace is { } ns ? PoolNames.HostOf(place.Pod!, ns) : place.Pod)}:{port}";
}
