using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Options;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>What serves files.</summary>
internal static class MediaServices
{
    /// <summary>Registers it.</summary>
    public static void AddMedia(this IServiceCollection services, PodOptions options)
    {
        services.AddSingleton(
            new MediaShares(
                options.MaxTransfers,
                options.MaxTenantTransfers,
                options.MaxSpoolMiB,
                options.MaxTenantSpoolMiB
            )
        );
        services.AddSingleton<MediaIntake>();
        services.AddSingleton<MediaGiver>();
        services.AddSingleton<MediaFetch>();
        services.AddSingleton<MediaEndpoints>();
        services.AddSingleton<MediaLinkEndpoints>();
    }
}
