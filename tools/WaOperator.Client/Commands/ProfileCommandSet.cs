using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>What accounts show of themselves, and to whom.</summary>
internal sealed class ProfileCommandSet(ProfileCommands profile)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["picture"] = async (a, ct) =>
            new()
            {
                ["url"] = (await profile.GetPictureAsync(a.OptionalAddress("jid"), false, ct))?.Url,
            };
        commands["set-picture"] = async (a, ct) =>
            new()
            {
                ["id"] = await profile.SetPictureAsync(
                    null,
                    await File.ReadAllBytesAsync(a.Text("path"), ct),
                    ct
                ),
            };
        commands["remove-picture"] = async (_, ct) =>
        {
            await profile.RemovePictureAsync(null, ct);
            return [];
        };
        commands["about"] = async (a, ct) =>
            new() { ["text"] = (await profile.GetAboutAsync(a.OptionalAddress("jid"), ct))?.Text };
        commands["set-about"] = async (a, ct) =>
        {
            await profile.SetAboutAsync(a.Text("text"), ct);
            return [];
        };
        commands["privacy"] = async (_, ct) =>
        {
            var categories = new JsonObject();
            foreach (var (name, value) in await profile.GetPrivacyAsync(ct))
                categories[name] = value;
            return new() { ["privacy"] = categories };
        };
        commands["set-privacy"] = async (a, ct) =>
        {
            await profile.SetPrivacyAsync(a.Text("category"), a.Text("value"), ct);
            return [];
        };
        commands["timer"] = async (_, ct) =>
            new() { ["seconds"] = await profile.GetDefaultTimerAsync(ct) };
        commands["set-timer"] = async (a, ct) =>
        {
            await profile.SetDefaultTimerAsync(TimeSpan.FromSeconds(a.Number("seconds")), ct);
            return [];
        };
    }
}
