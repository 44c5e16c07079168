using System.Text;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.Outgoing;

/// <summary>What the program said to a post.</summary>
/// <param name="Fault">Why it does not count; null: it does.</param>
/// <param name="MediaType">What the answer says to be.</param>
/// <param name="Text">The answer.</param>
internal sealed record ProgramAnswer(string? Fault, string? MediaType, string Text);

/// <summary>Posts to the program, signed as Twilio signs.</summary>
internal sealed class ProgramPosts(HttpClient http, Settings settings)
{
    /// <summary>Posts a form.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="form">The form's text.</param>
    /// <param name="token">What is the same for each try.</param>
    public async Task<ProgramAnswer> PostAsync(string address, string form, string token)
    {
        var url = new Uri(address);
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new StringContent(form, Encoding.UTF8, TwilioForm.MediaType);
        request.Headers.Add("I-Twilio-Idempotency-Token", token);
        request.Headers.Add(
            TwilioSignature.Header,
            // As it arrives: an address is escaped on its way, and what is behind # stays here.
            TwilioSignature.Of(
                settings.AuthToken,
                url.GetLeftPart(UriPartial.Query),
                TwilioForm.Parse(form)
            )
        );
        try
        {
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return new(
                answer.IsSuccessStatusCode ? null : $"11200: HTTP {(int)answer.StatusCode}",
                answer.Content.Headers.ContentType?.MediaType,
                text
            );
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
        {
            return new($"11200: no answer: {e.Message}", null, "");
        }
    }
}
