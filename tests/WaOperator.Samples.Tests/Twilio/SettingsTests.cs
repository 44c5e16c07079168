using WaOperator.Samples.Tests.World;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>What the adapter says at start when it is set up wrongly.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Adapter__PublicUrl", "adapter.example.org", "must be an http or https address")]
    [InlineData("Adapter__ProgramUrl", "https://user:secret@example.org", "without a user")]
    [InlineData("Adapter__WebhookSecrets__0", "whsec_%", "Adapter__WebhookSecrets__0 must be")]
    [InlineData("Adapter__Numbers__4930123457", "acme/sales", "more than once")]
    [InlineData("Adapter__Numbers__030123457", "acme/other", "digits with the country code")]
    [InlineData("Adapter__KeepFor", "1.00:00:00", "8 days at least")]
    [InlineData("Adapter__ApiKeyy", "x", "ApiKeyy")]
    [InlineData("Adapter__GiveUpAfter", "soon", "GiveUpAfter")]
    [InlineData("Adapter__Database", "Host=127.0.0.1;Port=1", "The tables cannot be made")]
    public async Task A_wrong_setting_is_named_and_the_adapter_does_not_start(
        string name,
        string value,
        string said
    )
    {
        var settings = TwilioAdapter.Settings("Host=127.0.0.1;Port=1", "https://p", "https://a");
        settings[name] = value;
        (await FailAsync(settings)).ShouldContain(said);
    }

    [Fact]
    public async Task All_that_is_missing_is_named_at_once()
    {
        var said = await FailAsync([]);
        foreach (var name in TwilioAdapter.Settings("", "", "").Keys)
            if (!name.Contains("VerifyToken", StringComparison.Ordinal))
                said.ShouldContain(
                    name.Replace($"__{TwilioAdapter.Number}", "", StringComparison.Ordinal)
                );
    }

    private static async Task<string> FailAsync(Dictionary<string, string> settings) =>
        (
            await Should.ThrowAsync<InvalidOperationException>(() =>
                SampleProcess.StartAsync("TwilioAdapter", settings)
            )
        ).Message;
}
