using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>Events of our library, which our client prints and our API streams, in the words of the other driver. Pure.</summary>
internal static class OwnWords
{
    private const int Delivered = 3;
    private const int Read = 4;

    /// <summary>What a message says.</summary>
    public static void Flatten(JsonObject said, JsonObject content)
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

    /// <summary>What is told of one message.</summary>
    public static void Receipt(JsonObject said, string? id)
    {
        said["event"] = "message-update";
        said["id"] = id;
        said["status"] = (string?)said["receipt"] switch
        {
            "delivered" => Delivered,
            "read" => Read,
            _ => 0,
        };
    }
}
