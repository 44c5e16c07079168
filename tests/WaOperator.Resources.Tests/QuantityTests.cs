using System.Text.Json;

namespace WaOperator.Resources.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("64Ki", 65536)]
    [InlineData("1.5Gi", 1610612736)]
    [InlineData("512M", 512000000)]
    [InlineData("65536", 65536)]
    [InlineData("1e3", 1000)]
    [InlineData("2E3", 2000)]
    [InlineData("1E", 1000000000000000000)]
    [InlineData("100m", 1)]
    [InlineData("2001m", 3)]
    [InlineData("-1500m", -1)]
    [InlineData("0", 0)]
    [InlineData("999999999999Ti", long.MaxValue)]
    [InlineData("999999999999999E", long.MaxValue)]
    public void Bytes_are_whole_and_rounded_up(string text, long bytes) =>
        new Quantity(text).ToBytes().ShouldBe(bytes);

    [Theory]
    [InlineData("1Pi")]
    [InlineData("1e9")]
    [InlineData("1e+09")] // as Helm writes 1e9
    [InlineData("2E")]
    [InlineData("1Ei")]
    [InlineData(".5")]
    [InlineData("0.5Gi")]
    [InlineData("1.")]
    [InlineData("007")]
    [InlineData("+1")]
    [InlineData("1.2345Gi")]
    [InlineData("128974848000m")]
    [InlineData("500000u")]
    [InlineData("999999999999999E")]
    [InlineData("999999999999999e13")]
    public void What_Kubernetes_takes_is_taken_everywhere(string text)
    {
        var amount = new Quantity(text);
        var amounts = new Dictionary<string, Quantity> { ["cpu"] = amount };
        var pool = new WhatsAppSessionPool
        {
            Metadata = new() { Name = "default" },
            Spec = new()
            {
                DatabaseSecretRef = new() { Name = "a", Key = "b" },
                MasterKeySecretRef = new() { Name = "a", Key = "b" },
                PerShard = new() { Memory = amount },
                Resources = new() { Requests = amounts, Limits = amounts },
            },
        };
        PoolValidation.Validate(pool).ShouldBeEmpty();
        amount.ToBytes().ShouldBePositive();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData(".0Gi")]
    [InlineData("-1Gi")]
    [InlineData("1gi")]
    [InlineData("1KI")]
    [InlineData("1e")]
    [InlineData(".")]
    [InlineData("1 Gi")]
    [InlineData("1,5Gi")]
    public void Memory_is_a_quantity_above_0(string text) =>
        Patterns.Memory.IsMatch(text).ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("12 Mi")]
    [InlineData("1MiB")]
    [InlineData("abc")]
    [InlineData("1e")]
    [InlineData("1,5Gi")]
    public void What_is_no_quantity_says_so_when_it_is_used(string text)
    {
        var quantity = new Quantity(text);
        quantity.TryGetValue(out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => quantity.ToBytes()).Message.ShouldContain($"'{text}'");
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(65536, "64Ki")]
    [InlineData(536870912, "512Mi")]
    [InlineData(1000, "1000")]
    public void Bytes_are_written_in_the_largest_unit_that_fits(long bytes, string text)
    {
        Quantity.FromBytes(bytes).ToString().ShouldBe(text);
        Quantity.FromBytes(bytes).ToBytes().ShouldBe(bytes);
    }

    [Theory]
    [InlineData("\"64Ki\"", "64Ki")]
    [InlineData("65536", "65536")]
    [InlineData("1.5", "1.5")]
    public void Texts_and_numbers_are_read(string json, string text)
    {
        var spec = JsonSerializer.Deserialize(
            $$"""{"memoryEstimate":{{json}}}""",
            ResourcesJsonContext.Default.SessionSpec
        )!;
        spec.MemoryEstimate.ToString().ShouldBe(text);
    }
}
