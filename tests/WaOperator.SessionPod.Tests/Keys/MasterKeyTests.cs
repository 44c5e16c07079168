using WaOperator.Api;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Options;

namespace WaOperator.SessionPod.Tests.Keys;

public sealed class MasterKeyTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Reads_32_bytes_in_base64_with_or_without_a_line_end()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        foreach (var end in (string[])["", "\n", "\r\n"])
        {
            File.WriteAllText(_file, Convert.ToBase64String(key) + end);
            using var read = MasterKey.Load(_file);
            read.Bytes.ToArray().ShouldBe(key);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 !")]
    [InlineData("c2hvcnQ=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] // 36 bytes
    public void Refuses_anything_else_without_showing_it(string text)
    {
        File.WriteAllText(_file, text);
        var refused = Should.Throw<StartRefusedException>(() => MasterKey.Load(_file));
        refused.Message.ShouldContain(_file);
        refused.Message.ShouldContain("base64");
        if (text.Length > 0)
            refused.Message.ShouldNotContain(text);
    }

    [Fact]
    public void Says_which_file_is_missing() =>
        Should
            .Throw<StartRefusedException>(() => MasterKey.Load("/nowhere/master.key"))
            .Message.ShouldContain("/nowhere/master.key");

    [Fact]
    public void The_fingerprint_tells_keys_apart_and_is_none()
    {
        using var one = new MasterKey(Enumerable.Repeat((byte)1, 32).ToArray());
        using var same = new MasterKey(Enumerable.Repeat((byte)1, 32).ToArray());
        using var other = new MasterKey(Enumerable.Repeat((byte)2, 32).ToArray());
        one.Fingerprint().ShouldBe(same.Fingerprint());
        one.Fingerprint().ShouldNotBe(other.Fingerprint());
        one.Fingerprint().ShouldNotBe(one.Bytes.ToArray());
    }

    [Fact]
    public void Is_zeroed_when_dropped()
    {
        var bytes = Enumerable.Repeat((byte)9, 32).ToArray();
        new MasterKey(bytes).Dispose();
        bytes.ShouldAllBe(b => b == 0);
    }
}
