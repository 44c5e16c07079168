using k8s.Exceptions;
using WaOperator.Api;
using WaOperator.Gateway.Options;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;

namespace WaOperator.Gateway.Sessions;

/// <summary>Registers what manages sessions.</summary>
internal static class SessionServices
{
    /// <summary>Registers it.</summary>
    /// <exception cref="StartRefusedException">When it is first asked for: there is no Kubernetes to talk to.</exception>
    public static void AddSessions(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<SessionCallers>();
        services.AddSingleton<SessionBody>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<SessionWrites>();
        services.AddSingleton<SessionReads>();
        services.AddSingleton<RoundEndpoint>();
        if (options.Kubernetes)
            services.AddSingleton<IKubernetes>(_ => Connect(options.Kubeconfig));
    }

    /// <summary>Maps the paths.</summary>
    public static void MapSessions(this WebApplication app)
    {
        app.Services.GetRequiredService<SessionReads>().Map(app);
        app.Services.GetRequiredService<SessionEndpoints>().Map(app);
        app.Services.GetRequiredService<RoundEndpoint>().Map(app);
    }

    private static KubernetesClient Connect(string? file)
    {
        try
        {
            return new(
                file is null ? KubeConfig.Default() : KubeConfig.FromFile(file),
                // The server takes the field manager from here, see SessionOwnership.Manager.
                new()
                {
                    UserAgent = $"{SessionOwnership.Manager}/1",
                    RequestTimeout = TimeSpan.FromSeconds(10),
                }
            );
        }
        catch (KubeConfigException e)
        {
            throw new StartRefusedException($"{GatewayEnvironment.Kubernetes}: {e.Message}");
        }
    }
}
