// Sends a text and prints its id and state: dotnet run GATEWAY KEY NAMESPACE SESSION TO
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using WaOperator.Client;
using WaOperator.Client.Models;

if (args is not [var gateway, var key, var ns, var name, var to])
    throw new ArgumentException("GATEWAY KEY NAMESPACE SESSION TO");
using var http = new HttpClient();
http.DefaultRequestHeaders.Authorization = new("Bearer", key);
using var adapter = new HttpClientRequestAdapter(
    new AnonymousAuthenticationProvider(),
    httpClient: http
)
{
    BaseUrl = gateway,
};
var messages = new TenantClient(adapter).V1.Sessions[ns][name].Messages;

var sent = await messages.PostAsync(
    new SendRequest
    {
        To = to,
        Text = new TextBody { Body = "hello" },
    }
);
Console.WriteLine($"{sent!.Id} {sent.State}");
try
{
    await messages.PostAsync(new SendRequest { Text = new TextBody { Body = "to whom?" } });
}
catch (Problem problem)
{
    Console.WriteLine(problem.Type);
}
