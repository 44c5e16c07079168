using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Description;

namespace WaOperator.Gateway.Cloud;

/// <summary>
/// An API of the shape of Meta's WhatsApp Cloud API, for programs that were made for that one. Each request is turned into one of our own,
/// which is brought to the session's owner as any other.
/// </summary>
internal sealed partial class CloudEndpoints(
    CloudMessageEndpoint messages,
    CloudMediaEndpoints media,
    CloudPhoneEndpoints phones,
    CloudCallers callers
)
{
    private const string Root = "/cloud/{version}";
    private const string PhoneParameter = "phone_number_id";
    private const string AccountParameter = "waba_id";

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var cloud = app.MapGroup(Root).AddEndpointFilter(CheckVersion);
        cloud
            .MapPost("/{phone_number_id}/messages", (Delegate)SendAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("cloudSendMessage")
            .WithSummary("Cloud API: sends a message, or marks one as read")
            .WithDescription(
                """
                A request as Meta's WhatsApp Cloud API takes it; docs/cloud-api.md says what becomes of each part, and what is refused. An Idempotency-Key is taken as by sendMessage. To mark as read, the scope chats:write is needed, with typing_indicator also presence:write.
                """
            )
            .Taking<CloudMessage>()
            .Produces<CloudSent>()
            .Fails();
        cloud
            .MapPost("/{phone_number_id}/media", (Delegate)UploadAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("cloudUploadMedia")
            .WithSummary("Cloud API: uploads a file")
            .WithDescription(
                "A form (multipart/form-data) with messaging_product, type and file. Fields before the file count for it: put the file last."
            )
            .Produces<CloudUploaded>()
            .Fails();
        cloud
            .MapGet("/{id}", (Delegate)GetAsync)
            .RequiringAnyKey()
            .WithName("cloudGet")
            .WithSummary("Cloud API: a file with a link to it, or a number")
            .WithDescription(
                "By the id of a file, for which the key needs the scope media:read; by that of a number, for which it needs sessions:read."
            )
            .Produces<CloudMedia>()
            .Fails();
        cloud
            .MapDelete("/{id}", (Delegate)DeleteAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("cloudDeleteMedia")
            .WithSummary("Cloud API: forgets an upload")
            .Produces<CloudDone>()
            .Fails();
        cloud
            .MapGet("/{waba_id}/phone_numbers", (Delegate)ListAsync)
            .Requiring(ApiScopes.SessionsRead)
            .WithName("cloudListPhoneNumbers")
            .WithSummary("Cloud API: the numbers of a tenant to which a phone is linked")
            .Produces<CloudPhonePage>()
            .Fails();
        cloud
            .MapGet("/{waba_id}/message_templates", (Delegate)TemplatesAsync)
            .RequiringAnyKey()
            .WithName("cloudListTemplates")
            .WithSummary("Cloud API: no templates, because none are needed")
            .Produces<CloudTemplatePage>()
            .Fails();
        app.Map("/cloud/{**rest}", (Delegate)RefuseAsync).ExcludeFromDescription();
    }

    private Task<IResult> SendAsync(
        HttpContext http,
        string version,
        [FromRoute(Name = PhoneParameter)] string phone
    ) => messages.PostAsync(http, phone);

    private Task<IResult> UploadAsync(
        HttpContext http,
        string version,
        [FromRoute(Name = PhoneParameter)] string phone
    ) => media.UploadAsync(http, phone);

    private Task<IResult> GetAsync(HttpContext http, string version, string id) =>
        CloudPhones.IsNumber(id) ? phones.GetAsync(http, id) : media.GetAsync(http, id);

    private Task<IResult> DeleteAsync(HttpContext http, string version, string id) =>
        media.DeleteAsync(http, id);

    private Task<IResult> ListAsync(
        HttpContext http,
        string version,
        [FromRoute(Name = AccountParameter)] string account
    ) => phones.ListAsync(http, account);

    private Task<IResult> TemplatesAsync(
        HttpContext http,
        string version,
        [FromRoute(Name = AccountParameter)] string account
    ) => phones.TemplatesAsync(http, account);

    /// <summary>All that is not served.</summary>
    private async Task<IResult> RefuseAsync(HttpContext http)
    {
        if ((await callers.AskAsync(http)).Refusal is { } refusal)
            return refusal;
        var path = http.Request.Path.Value ?? "";
        return path.TrimEnd('/').EndsWith("/subscribed_apps", StringComparison.OrdinalIgnoreCase)
            ? new(
                CloudCode.Parameter,
                "webhooks are not subscribed to here: make a WhatsAppWebhook with format CloudApi, which posts to your program"
            )
            {
                Status = StatusCodes.Status501NotImplemented,
            }
            : NoPath();
    }

    private static ValueTask<object?> CheckVersion(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    ) =>
        Version().IsMatch((string)context.HttpContext.GetRouteValue("version")!)
            ? next(context)
            : new(NoPath());

    private static CloudRefusal NoPath() =>
        new(
            CloudCode.Parameter,
            "there is no such path or method here: /cloud/vN.N/ has PHONE_NUMBER_ID/messages, PHONE_NUMBER_ID/media, MEDIA_ID, PHONE_NUMBER_ID, WABA_ID/phone_numbers and WABA_ID/message_templates"
        )
        {
            Status = StatusCodes.Status404NotFound,
        };

    [GeneratedRegex(
        @"^v[0-9]{1,3}\.[0-9]{1,3}\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Version();
}

/// <summary>Describes and registers it.</summary>
internal static class CloudServices
{
    /// <summary>Registers it.</summary>
    public static void AddCloud(this IServiceCollection services)
    {
        services.AddSingleton<CloudPhones>();
        services.AddSingleton<CloudCallers>();
        services.AddSingleton<CloudMessageEndpoint>();
        services.AddSingleton<CloudMediaEndpoints>();
        services.AddSingleton<CloudPhoneEndpoints>();
        services.AddSingleton<CloudEndpoints>();
    }

    /// <summary>Says in the description of the API how errors look.</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder endpoint)
    {
        foreach (var status in (int[])[400, 401, 403, 404, 429, 503])
            endpoint.Produces<CloudErrorAnswer>(status);
        return endpoint;
    }
}
