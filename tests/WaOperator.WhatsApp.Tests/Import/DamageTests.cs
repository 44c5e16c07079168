using System.Text.Json.Nodes;
using WaOperator.WhatsApp.Baileys;

namespace WaOperator.WhatsApp.Tests.Import;

/// <summary>A damaged file refuses the whole folder, and the refusal names the file and the place.</summary>
public sealed class DamageTests
{
    private const string Creds = "creds.json";
    private const string Session = "session-159330397367400_1.1.json";
    private readonly Folder _folder = Folder.Open(0);

    [Fact]
    public void Without_credentials() => Refused(Creds, "", () => _folder.Remove(Creds));

    [Fact]
    public void Of_a_device_that_was_never_linked() =>
        Refused(Creds, "", () => _folder.Edit(Creds, json => json.AsObject().Remove("account")));

    [Theory]
    [InlineData("")]
    [InlineData("{\"noiseKey\":")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Cut_off_or_something_else(string content) =>
        Refused(Creds, "", () => _folder[Creds] = content);

    [Theory]
    [InlineData("noiseKey", "public")]
    [InlineData("signedIdentityKey", "private")]
    public void A_key_of_a_wrong_length(string pair, string half) =>
        Refused(
            Creds,
            $"{pair}.{half}",
            () => _folder.Edit(Creds, json => json[pair]![half]!["data"] = "AAAA")
        );

    [Fact]
    public void Halves_of_different_pairs() =>
        Refused(
            Creds,
            "noiseKey",
            () =>
                _folder.Edit(
                    Creds,
                    json => json["noiseKey"] = Mixed(json["noiseKey"]!, json["signedIdentityKey"]!)
                )
        );

    [Fact]
    public void A_signed_prekey_of_another_device()
    {
        var other = JsonNode.Parse(Folder.Open(1)[Creds])!;
        Refused(
            Creds,
            "signedPreKey.signature",
            () =>
                _folder.Edit(
                    Creds,
                    json => json["signedPreKey"] = other["signedPreKey"]!.DeepClone()
                )
        );
    }

    [Fact]
    public void An_account_of_another_device()
    {
        var other = JsonNode.Parse(Folder.Open(1)[Creds])!;
        Refused(
            Creds,
            "account.deviceSignature",
            () => _folder.Edit(Creds, json => json["account"] = other["account"]!.DeepClone())
        );
    }

    [Fact]
    public void An_address_that_is_none() =>
        Refused(Creds, "me.id", () => _folder.Edit(Creds, json => json["me"]!["id"] = "4915"));

    [Fact]
    public void A_prekey_with_a_wrong_name() =>
        Refused("pre-key-x.json", "", () => _folder["pre-key-x.json"] = _folder["pre-key-5.json"]);

    [Fact]
    public void A_prekey_that_is_empty() =>
        Refused("pre-key-5.json", "", () => _folder["pre-key-5.json"] = "");

    [Theory]
    [InlineData("currentRatchet", "rootKey")]
    [InlineData("currentRatchet", "ephemeralKeyPair")]
    [InlineData("indexInfo", "remoteIdentityKey")]
    [InlineData("indexInfo", "closed")]
    public void A_session_that_lacks_something(string part, string field) =>
        Refused(
            Session,
            part,
            () =>
                _folder.Edit(
                    Session,
                    json => First(json["_sessions"]!)[part]!.AsObject().Remove(field)
                ),
            field
        );

    [Fact]
    public void A_session_of_another_version() =>
        Refused(Session, "version", () => _folder.Edit(Session, json => json["version"] = "v2"));

    [Fact]
    public void A_skipped_message_beyond_its_chain() =>
        Refused(
            Session,
            "messageKeys.4294967295",
            () =>
                _folder.Edit(
                    Session,
                    json =>
                    {
                        var chain = json["_sessions"]!
                            .AsObject()
                            .SelectMany(session => session.Value!["_chains"]!.AsObject())
                            .First(c => (int)c.Value!["chainType"]! == 2)
                            .Value!;
                        chain["messageKeys"] = new JsonObject
                        {
                            ["4294967295"] = Convert.ToBase64String(new byte[32]),
                        };
                    }
                )
        );

    [Fact]
    public void A_sender_key_that_is_no_buffer()
    {
        var name = _folder.Names.First(n =>
            n.StartsWith("sender-key-120", StringComparison.Ordinal)
        );
        Refused(name, "data", () => _folder.Edit(name, json => json["data"] = "no base64!"));
    }

    [Fact]
    public void A_folder_that_is_not_there() =>
        Should.Throw<ImportException>(() => BaileysFolder.Read("/nonexistent/folder"));

    [Fact]
    public void Bytes_in_each_form_that_Baileys_wrote()
    {
        var key = Convert.FromBase64String(
            (string)JsonNode.Parse(_folder[Creds])!["noiseKey"]!["public"]!["data"]!
        );
        var indexed = new JsonObject();
        for (var i = 0; i < key.Length; i++)
            indexed[$"{i}"] = key[i];
        JsonNode[] forms =
        [
            Convert.ToBase64String(key),
            indexed,
            new JsonArray([.. key.Select(b => (JsonNode)b)]),
            new JsonObject
            {
                ["type"] = "Buffer",
                ["data"] = new JsonArray([.. key.Select(b => (JsonNode)b)]),
            },
            new JsonObject { ["buffer"] = true, ["value"] = Convert.ToBase64String(key) },
        ];
        foreach (var form in forms)
        {
            _folder.Edit(Creds, json => json["noiseKey"]!["public"] = form);
            _folder.Read().Credentials.NoiseKey.Public.ShouldBe(key);
        }
    }

    private static JsonObject Mixed(JsonNode first, JsonNode second) =>
        new()
        {
            ["private"] = first["private"]!.DeepClone(),
            ["public"] = second["public"]!.DeepClone(),
        };

    private static JsonNode First(JsonNode members) => members.AsObject().First().Value!;

    private void Refused(string file, string field, Action damage, string problem = "")
    {
        _folder.Read().Credentials.IsPaired.ShouldBeTrue("before the damage it is read");
        damage();
        var refusal = Should.Throw<ImportException>(() => _folder.Read());
        refusal.File.ShouldBe(file);
        refusal.Field.ShouldEndWith(field);
        refusal.Message.ShouldStartWith(file);
        refusal.Message.ShouldContain(problem);
    }
}
