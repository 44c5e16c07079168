using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Tests.Content;

namespace WaOperator.WhatsApp.Tests.Media;

public sealed class AddressTests
{
    private const string Host = "mmg.example.net";
    private static readonly MediaReference File = Samples.File(MediaKind.Image);

    [Theory]
    [InlineData("/v/1.enc?ccb=1", "https://mmg.example.net/v/1.enc?ccb=1&hash=")]
    [InlineData("/v/1.enc", "https://mmg.example.net/v/1.enc?hash=")]
    public void The_hash_is_appended_to_the_path(string path, string start)
    {
        var url = MediaUrls.Download("https", Host, File with { DirectPath = path });
        url.AbsoluteUri.ShouldStartWith(start);
        url.Query.ShouldContain("&mms-type=image");
    }

    [Fact]
    public void An_address_is_used_by_its_path_only()
    {
        var file = File with { DirectPath = null, Url = "https://127.0.0.1:22/v/1.enc?a=b" };
        var url = MediaUrls.Download("https", Host, file);
        url.Host.ShouldBe(Host);
        url.PathAndQuery.ShouldStartWith("/v/1.enc?a=b&hash=");
    }

    /// <summary>A peer writes these into its message: none may lead to another host.</summary>
    [Theory]
    [InlineData("@evil.example/x")]
    [InlineData(".evil.example/x")]
    [InlineData(":22/x")]
    [InlineData("//evil.example/x")]
    [InlineData("/\\evil.example/x")]
    [InlineData("")]
    public void A_path_leads_to_no_other_host(string path) =>
        Should.Throw<MediaException>(() =>
            MediaUrls.Download("https", Host, File with { DirectPath = path })
        );

    [Theory]
    [InlineData("http://127.0.0.1/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData(null)]
    public void Other_addresses_are_none(string? address) =>
        Should.Throw<MediaException>(() =>
            MediaUrls.Download("https", Host, File with { DirectPath = null, Url = address })
        );

    [Fact]
    public void An_upload_is_named_by_its_hash()
    {
        byte[] hash = [.. Enumerable.Repeat((byte)0xFB, 32)];
        var url = MediaUrls.Upload("https", Host, "a+b/c=", MediaKind.Sticker, hash);
        url.AbsolutePath.ShouldStartWith("/mms/image/-_v7");
        url.AbsoluteUri.ShouldNotContain("+");
        url.Query.ShouldContain("auth=a%2Bb%2Fc%3D&token=-_v7");
    }

    [Fact]
    public void The_server_names_the_hosts()
    {
        var hosts = MediaHosts.Read(
            Answer("secret", "600", Host, "127.0.0.1:8443", "x@y", "a/b", "a b", Host)
        );
        hosts.Hosts.ShouldBe([Host, "127.0.0.1:8443"]);
        hosts.Auth.ShouldBe("secret");
        hosts.Ttl.ShouldBe(TimeSpan.FromMinutes(10));
        MediaHosts.Read(Answer("secret", "x", Host)).Ttl.ShouldBe(TimeSpan.FromMinutes(5));
        Should.Throw<MediaException>(() => MediaHosts.Read(Answer("secret", "600")));
        Should.Throw<MediaException>(() => MediaHosts.Read(Answer("", "600", Host)));
        Should.Throw<MediaException>(() => MediaHosts.Read(new("iq")));
    }

    [Fact]
    public void A_request_to_the_phone_names_the_message_and_only_the_phone_reads_it()
    {
        var request = MediaRetry.Request(
            new(Samples.Group, "3EB0DD", false, Samples.Bert),
            File.MediaKey,
            Samples.Anna with
            {
                Device = 2,
            }
        );
        request["to"].ShouldBe(Samples.Anna.ToString());
        request.Child("rmr")!["jid"].ShouldBe(Samples.Group.ToString());
        request.Child("rmr")!["participant"].ShouldBe(Samples.Bert.ToString());
        var encrypted = request.Child("encrypt")!;
        MediaRetry
            .Open(
                encrypted.Child("enc_p")!.Bytes,
                File.MediaKey,
                encrypted.Child("enc_iv")!.Bytes,
                "3EB0DD"
            )
            .ShouldBe([0x0A, 6, .. "3EB0DD"u8]);
    }

    [Fact]
    public void The_phones_answer_is_checked()
    {
        byte[] success = [0x0A, 1, (byte)'1', 0x12, 2, .. "/v"u8, 0x18, 1];
        MediaRetry.ReadAnswer(Notification(success, "1"), "1", File.MediaKey).ShouldBe("/v");
        byte[] notFound = [0x0A, 1, (byte)'1', 0x18, 2];
        Should.Throw<MediaUnavailableException>(() =>
            MediaRetry.ReadAnswer(Notification(notFound, "1"), "1", File.MediaKey)
        );
        Should.Throw<MediaDamagedException>(() =>
            MediaRetry.ReadAnswer(Notification(success, "2"), "1", File.MediaKey)
        );
        Should.Throw<MediaDamagedException>(() =>
            MediaRetry.ReadAnswer(new("notification"), "1", File.MediaKey)
        );
        var refused = new BinaryNode("notification")
        {
            Children = [new("error") { ["code"] = "2" }],
        };
        Should.Throw<MediaUnavailableException>(() =>
            MediaRetry.ReadAnswer(refused, "1", File.MediaKey)
        );
    }

    private static BinaryNode Notification(byte[] plain, string id)
    {
        var iv = new byte[12];
        return new("notification")
        {
            Children =
            [
                new("encrypt")
                {
                    Children =
                    [
                        new("enc_p") { Bytes = MediaRetry.Seal(plain, File.MediaKey, iv, id) },
                        new("enc_iv") { Bytes = iv },
                    ],
                },
            ],
        };
    }

    private static BinaryNode Answer(string auth, string ttl, params string[] hosts) =>
        new("iq")
        {
            Children =
            [
                new("media_conn")
                {
                    ["auth"] = auth,
                    ["ttl"] = ttl,
                    Children =
                    [
                        .. hosts.Select(host => new BinaryNode("host") { ["hostname"] = host }),
                    ],
                },
            ],
        };
}
