using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>Our own client: the program tools/WaOperator.Client, as a stranger runs it.</summary>
public sealed class OwnClient : ProcessClient
{
    private const int Delivered = 3;
    private const int Read = 4;

    /// <inheritdoc/>
    public override Release Release => Release.Ours;

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
                Flatten(said, content);
                break;
            case "receipt":
                Receipt(said);
                break;
            case "presence":
                said["presences"] = new JsonObject { ["state"] = said["state"]?.DeepClone() };
                break;
            case "done" when said["group"] is JsonObject group:
                said["group"] = Group(group);
                break;
        }
        return said;
    }

    private static void Flatten(JsonObject said, JsonObject content)
    {
        var kind = (string?)content["kind"];
        var target = (string?)content["target"]?["id"];
        said["text"] = (string?)content["text"] ?? (string?)content["caption"];
        said["quotes"] = (string?)content["quoted"]?["id"];
        switch (kind)
        {
            case "reaction":
                said["reaction"] = new JsonObject
                {
                    ["id"] = target,
                    ["emoji"] = (string?)content["reaction"],
                };
                break;
            case "edit":
                said["edits"] = new JsonObject
                {
                    ["id"] = target,
                    ["text"] = (string?)content["edited"]?["text"] ?? (string?)content["text"],
                };
                break;
            case "delete":
                said["deletes"] = target;
                break;
            case "image" or "video" or "audio" or "document" or "sticker":
                said["media"] = kind;
                break;
        }
    }

    /// <summary>One of ours may name several messages; the rows look at one.</summary>
    private static void Receipt(JsonObject said)
    {
        said["event"] = "message-update";
        said["id"] = said["ids"]?.AsArray().FirstOrDefault()?.DeepClone();
        said["status"] = (string?)said["receipt"] switch
        {
            "delivered" => Delivered,
            "read" => Read,
            _ => 0,
        };
    }

    private static JsonObject Group(JsonObject group) =>
        new()
        {
            ["id"] = (string?)group["id"],
            ["subject"] = (string?)group["subject"],
            ["addressingMode"] = (string?)group["addressing"],
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
