using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Storage;

public sealed class FileStoreTests : IDisposable
{
    private static readonly RecordKey Key = new("kind", "id");
    private readonly string _directory = Directory.CreateTempSubdirectory("wa-store-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_directory_that_is_in_use_is_told_from_one_that_cannot_be_written()
    {
        using (FileStore.Open(_directory))
            Should
                .Throw<IOException>(() => FileStore.Open(_directory))
                .Message.ShouldContain("Another program uses");

        // A directory stands where the file would be: any other failure than a lock.
        var blocked = Directory.CreateDirectory(Path.Combine(_directory, "blocked"));
        Directory.CreateDirectory(Path.Combine(blocked.FullName, "lock"));
        Should
            .Throw<Exception>(() => FileStore.Open(blocked.FullName))
            .Message.ShouldNotContain("Another program");
    }

    [Fact]
    public async Task What_was_left_without_credentials_belongs_to_no_device()
    {
        using (var store = FileStore.Open(_directory))
        {
            await store.CommitAsync(new DeviceChange { Records = [new(Key, [1])] }, default);
            (await store.LoadAsync([Key], default))[0].ShouldBe([1]);
        }

        // The machine went down between the removal of the credentials and that of the rest.
        using var again = FileStore.Open(_directory);

        (await again.LoadAsync([Key], default))[0].ShouldBeNull();
    }
}
