using WaOperator.Gateway.Description;

namespace WaOperator.Gateway.Audit;

/// <summary>Registers the audit.</summary>
internal static class AuditServices
{
    /// <summary>Registers it.</summary>
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton(_ => Operations.Read(ApiFile.Read()));
        services.AddSingleton(s => new AuditTrail(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<AuditMeter>();
        services.AddSingleton<AuditWriter>();
        services.AddHostedService(s => s.GetRequiredService<AuditWriter>());
        services.AddSingleton<AuditEndpoints>();
    }
}
