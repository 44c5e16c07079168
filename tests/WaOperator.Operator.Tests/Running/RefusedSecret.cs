using System.Net;
using System.Net.Security;
using System.Text;

namespace WaOperator.Operator.Tests.Running;

/// <summary>The API server refuses to let a Secret be read, while that is on.</summary>
internal sealed class RefusedSecret(string name, string token)
{
    public bool IsOn { get; set; }

    /// <summary>The way of one client to the API server.</summary>
    public HttpMessageHandler Way() => new Gate(this);

    private sealed class Gate(RefusedSecret secret)
        : DelegatingHandler(
            new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                        certificate is not null,
                },
            }
        )
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            request.Headers.Authorization = new("Bearer", secret.Token);
            return
                secret.IsOn
                && request.RequestUri!.AbsolutePath.EndsWith(
                    $"/secrets/{secret.Name}",
                    StringComparison.Ordinal
                )
                ? Task.FromResult(
                    new HttpResponseMessage(HttpStatusCode.Forbidden)
                    {
                        RequestMessage = request,
                        Content = new StringContent(
                            $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"secrets \"{{secret.Name}}\" is forbidden","reason":"Forbidden","code":403}""",
                            Encoding.UTF8,
                            "application/json"
                        ),
                    }
                )
                : base.SendAsync(request, cancellationToken);
        }
    }

    private string Name => name;
    private string Token => token;
}
