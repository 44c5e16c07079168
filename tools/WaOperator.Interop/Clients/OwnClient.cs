using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>Our own client: the program tools/WaOperator.Client, as a stranger runs it.</summary>
public sealed class OwnClient : ProcessClient
{
    /// <inheritdoc/>
    public override Release Release => Release.Ours;

    /// <summary>It takes its commands in their order and sends while it takes the next.</summary>
    public override int SendsAtOnce => 16;

    /// <inheritdoc/>
    public override async Task PairAsync(string number)
    {
        Run("pair");
        var qr = await WaitAsync("a QR code", e => (string?)e["event"] == "qr");
        await Server.PostAsync($"/phones/{number}/scan", new { qr = (string?)qr["code"] });
        await PairedAsync();
    }

    /// <inheritdoc/>
    public override async Task PairByCodeAsync(string number)
    {
        Run("pair", "--code", "--phone", number);
        var code = await WaitAsync("a code for the phone", e => (string?)e["event"] == "code");
        await Server.PostAsync(
            $"/phones/{number}/enter-code",
            new { code = (string?)code["code"] }
        );
        await PairedAsync();
    }

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        var before = Mark;
        if (IsRunning)
            await RunAsync("connect");
        else
            Run("listen", "--commands");
        await WaitAsync("connected", e => (string?)e["event"] == "connected", before);
    }

    /// <inheritdoc/>
    public override Task GoAwayAsync() => RunAsync("end");

    /// <inheritdoc/>
    public override async Task<string> WaitEndAsync(int after = 0) =>
        (
            await WaitAsync(
                "the end of the connection",
                e => (string?)e["event"] == "disconnected",
                after
            )
        )["kind"]!.ToString();

    /// <inheritdoc/>
    public override async Task<string> LogoutAsync()
    {
        var before = Mark;
        await RunAsync("logout");
        return await WaitEndAsync(before);
    }

    /// <summary>Our events in the words of the other driver, so that a row is written once.</summary>
    protected override JsonObject Normalize(JsonObject said)
    {
        switch ((string?)said["event"])
        {
            case "message" when said["content"] is JsonObject content:
                OwnWords.Flatten(said, content);
                break;
            case "receipt":
                // It may name several messages; the rows look at one.
                OwnWords.Receipt(said, (string?)said["ids"]?.AsArray().FirstOrDefault());
                break;
            case "presence":
                said["presences"] = new JsonObject { ["state"] = said["state"]?.DeepClone() };
                break;
            case "contact":
                (said["event"], said["name"]) = ("saved", (string?)said["fullName"]);
                break;
            case "done" when said["group"] is JsonObject group:
                said["group"] = Group(group);
                break;
        }
        return said;
    }

    private static JsonObject Group(JsonObject group) =>
        new()
        {
            ["id"] = (string?)group["id"],
            ["subject"] = (string?)group["subject"],
            ["addressingMode"] = (string?)group["addressing"],
            ["linkedParent"] = (string?)group["community"],
            ["participants"] = new JsonArray([
                .. group["members"]!
                    .AsArray()
                    .Select(m =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["id"] = (string?)m!["jid"],
                                ["admin"] =
                                    (string?)m["role"] == "member" ? null : (string?)m["role"],
                            }
                    ),
            ]),
        };

    private async Task PairedAsync()
    {
        await WaitAsync("paired", e => (string?)e["event"] == "paired");
        await WaitAsync(
            "the end of pairing",
            e => (string?)e["event"] == "done" && (string?)e["verb"] == "pair"
        );
        await ExitedAsync("pairing");
        await ConnectAsync();
    }

    private void Run(string verb, params string[] more) =>
        Start(
            "dotnet",
            [
                Path.Combine(
                    Repository.Root,
                    "tools/WaOperator.Client/bin/Debug/net10.0/wa-client.dll"
                ),
                verb,
                "--url",
                Server.Url.ToString(),
                "--ca",
                Server.Authority,
                "--root-key",
                Server.RootKey,
                "--state",
                State,
                .. more,
            ]
        );
}
