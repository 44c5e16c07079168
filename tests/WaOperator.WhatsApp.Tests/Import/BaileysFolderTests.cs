using System.Text;
using WaOperator.WhatsApp.Baileys;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Import;

/// <summary>Folders of real Baileys clients continue here: what their peers send next is read.</summary>
public sealed class BaileysFolderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_peers_send_next_is_read(int index)
    {
        var folder = Folder.Open(index);
        var import = folder.Read();
        var us = LocalIdentity.Of(import.Credentials);
        var records = import.Records.ToDictionary(write => write.Key, write => write.Value!);
        folder.Next.ShouldContain(next => next.Type == "skmsg");
        folder.Next.ShouldContain(next => next.Type == "msg");
        foreach (var next in folder.Next)
        {
            var key = KeyOf(import, folder, next);
            records.ShouldContainKey(key);
            if (next.Type == "skmsg")
            {
                using var record = SenderKeyRecord.Deserialize(records[key]);
                var read = GroupCipher.Decrypt(record, next.Wire);
                read.Plaintext.ShouldBe(next.Plain);
                records[key] = read.Record.Serialize();
            }
            else
            {
                using var record = SessionRecord.Deserialize(records[key]);
                var read = SessionCipher.Decrypt(record, us, next.Wire);
                read.Plaintext.ShouldBe(next.Plain);
                records[key] = read.Record.Serialize();
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_was_read_by_Baileys_is_not_read_twice(int index)
    {
        var folder = Folder.Open(index);
        var import = folder.Read();
        var us = LocalIdentity.Of(import.Credentials);
        var records = import.Records.ToDictionary(write => write.Key, write => write.Value!);
        var next = folder.Next.First(message => message.Type == "msg");
        var key = KeyOf(import, folder, next);
        using var record = SessionRecord.Deserialize(records[key]);
        using var after = SessionCipher.Decrypt(record, us, next.Wire).Record;
        Should
            .Throw<SignalException>(() => SessionCipher.Decrypt(after, us, next.Wire))
            .Reason.ShouldBe(SignalFailure.DuplicateMessage);
    }

    [Fact]
    public void The_device_stays_who_it_is()
    {
        var import = Folder.Open(0).Read();
        var credentials = import.Credentials;
        credentials.IsPaired.ShouldBeTrue();
        credentials.Me.ShouldBe(Jid.Parse("491511111111:1@s.whatsapp.net"));
        credentials.Lid.ShouldBe(Jid.Parse("491866570494201:1@lid"));
        credentials.RegistrationId.ShouldBe(46);
        credentials.NextPreKeyId.ShouldBe(813u);
        credentials.Platform.ShouldBe("android");
        credentials.RoutingInfo.ShouldBe([8, 2, 8, 13]);
        import.PreKeys.Select(key => key.Id).ShouldBeInOrder();
        import.PreKeys.Count.ShouldBe(98, "the folder has 1 to 99, and one was used");
        CredentialsJson
            .Read(CredentialsJson.Write(credentials))
            .IdentityKey.Private.ShouldBe(credentials.IdentityKey.Private);
    }

    [Fact]
    public void Numbers_and_LIDs_are_mapped_both_ways()
    {
        var records = Folder.Open(0).Read().Records;
        Text(records, "491533333333@s.whatsapp.net").ShouldBe("836284147179891@lid");
        Text(records, "836284147179891@lid").ShouldBe("491533333333@s.whatsapp.net");
        Text(records, "491511111111@s.whatsapp.net").ShouldBe("491866570494201@lid");
    }

    [Fact]
    public void Each_record_is_written_once()
    {
        for (var i = 0; i < 3; i++)
            Folder.Open(i).Read().Records.Select(write => write.Key).ShouldBeUnique();
    }

    [Fact]
    public void Sessions_under_number_and_LID_of_one_device_become_one_record()
    {
        // 6.7.24 has both of them, and learns here that they are the same device.
        var folder = Folder.Open(1);
        folder["lid-mapping-491511111111.json"] = "\"491866570494201\"";
        var records = folder.Read().Records;
        records.ShouldNotContain(write => write.Key.Id == "491511111111:1@s.whatsapp.net");
        var write = records.Single(r =>
            r.Key == new RecordKey(RecordKinds.Session, "491866570494201:1@lid")
        );
        using var record = SessionRecord.Deserialize(write.Value);
        record.ArchivedCount.ShouldBe(1);
    }

    [Fact]
    public void Our_group_key_continues_with_those_who_have_it()
    {
        var folder = Folder.Open(2);
        var records = folder.Read().Records;
        var key = records.Single(r =>
            r.Key == new RecordKey(RecordKinds.SenderKey, $"{folder.Group}/836284147179891:1@lid")
        );
        using var ours = SenderKeyRecord.Deserialize(key.Value);
        ours.CanEncrypt.ShouldBeTrue();
        var holders = Encoding.UTF8.GetString(
            records.Single(r => r.Key.Kind == RecordKinds.SenderKeyHolders).Value!
        );
        holders.Split(' ')[0].ShouldBe($"{ours.KeyId}");
        holders.Split(' ').ShouldContain("491866570494201:1@lid");
    }

    [Fact]
    public void Files_that_are_not_needed_are_listed()
    {
        var folder = Folder.Open(0);
        folder["notes.txt"] = "not JSON at all";
        folder["unknown-thing-1.json"] = "{";
        var ignored = folder.Read().Ignored;
        ignored.Select(file => file.Name).ShouldContain("notes.txt");
        ignored.Select(file => file.Name).ShouldContain("unknown-thing-1.json");
        ignored.ShouldContain(file =>
            file.Name.StartsWith("device-list-", StringComparison.Ordinal)
        );
        ignored.ShouldAllBe(file => file.Reason.Length > 0);
    }

    [Fact]
    public void A_folder_on_disk_is_read_and_left_as_it_is()
    {
        var directory = Directory.CreateTempSubdirectory("import-");
        try
        {
            var folder = Folder.Open(1);
            folder.WriteTo(directory.FullName);
            BaileysFolder
                .Read(directory.FullName)
                .Records.Count.ShouldBe(folder.Read().Records.Count);
            foreach (var name in folder.Names)
                File.ReadAllText(Path.Combine(directory.FullName, name)).ShouldBe(folder[name]);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static RecordKey KeyOf(BaileysImport import, Folder folder, NextMessage next)
    {
        var from = Jid.Parse(next.From);
        var lid = import.Records.FirstOrDefault(write =>
            write.Key == new RecordKey(RecordKinds.Lid, from.Account.ToString())
        );
        if (from.IsPhone && lid is not null)
            from = Jid.Parse(Encoding.UTF8.GetString(lid.Value!)) with { Device = from.Device };
        return next.Type == "skmsg"
            ? new(RecordKinds.SenderKey, $"{folder.Group}/{from}")
            : new(RecordKinds.Session, from.ToString());
    }

    private static string Text(IEnumerable<RecordWrite> records, string account) =>
        Encoding.UTF8.GetString(
            records.Single(r => r.Key == new RecordKey(RecordKinds.Lid, account)).Value!
        );
}
