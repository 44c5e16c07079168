using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds WhatsApp to the services of a host.</summary>
public static class WhatsAppServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="WhatsAppClient"/> (a singleton, for sending) and a hosted service that runs it. A session that has ended
    /// for good (<see cref="SessionEndedException"/>) stops the host, unless its options say otherwise. One client for a host.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options. Called once, when the client is first asked for.</param>
    /// <param name="handle">
    /// Adds the client's handlers; services come from the provider. Default none. Called before the client runs.
    /// </param>
    /// <exception cref="InvalidOperationException">A client was added already.</exception>
    public static IServiceCollection AddWhatsAppClient(
        this IServiceCollection services,
        Action<WhatsAppClientOptions> configure,
        Action<WhatsAppClient, IServiceProvider>? handle = null
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(service => service.ServiceType == typeof(WhatsAppClient)))
            throw new InvalidOperationException(
                "The services have a WhatsApp client already; run a second one by yourself (WhatsAppClient.RunAsync)."
            );
        services.AddSingleton(provider =>
        {
            var options = new WhatsAppClientOptions();
            configure(options);
            var client = new WhatsAppClient(
                options,
                provider.GetService<ILogger<WhatsAppClient>>(),
                provider.GetService<WhatsAppRuntime>()
            );
            handle?.Invoke(client, provider);
            return client;
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClientService>());
        return services;
    }
}
