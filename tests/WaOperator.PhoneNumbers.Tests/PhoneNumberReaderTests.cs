namespace WaOperator.PhoneNumbers.Tests;

public sealed class PhoneNumberReaderTests
{
    [Theory]
    [InlineData("376312345", "376312345")]
    [InlineData("+298212345", "298212345")]
    [InlineData(" +49 170 1234567 ", "491701234567")]
    [InlineData("+49 (0)170 1234567", "491701234567")]
    [InlineData("+49 0170 / 123-45.67", "491701234567")]
    [InlineData("(49) 170–1234567", "491701234567")]
    [InlineData("\u202A+49\u00A0170\u00A01234567\u202C", "491701234567")]
    [InlineData("+39 06 1234 5678", "390612345678")] // Italy keeps its zero
    [InlineData("+54 11 15-2345-6789", "5491123456789")]
    [InlineData("+55 (11) 98765-4399", "5511987654399")]
    [InlineData("+1 (555) 010-0100", "15550100100")]
    [InlineData("+999 1234 5678", "99912345678")]
    public void What_people_write_is_read(string text, string number)
    {
        PhoneNumberReader.TryRead(text, out var read, out var problem).ShouldBeTrue(problem);
        read.ShouldBe(number);
        PhoneNumber.IsValid(read).ShouldBeTrue();
    }

    [Theory]
    [InlineData("00491701234567", "leave 00 out")]
    [InlineData("01701234567", "country code in place of a single 0")]
    [InlineData("+0491701234567", "no country code begins with 0")]
    [InlineData("123456", "it has 6 digits")]
    [InlineData("+1234567890123456", "it has 16 digits")]
    [InlineData("+49 170 1234567 ext 5", "other characters")]
    [InlineData("1-800-FLOWERS", "other characters")]
    [InlineData("49+1701234567", "other characters")]
    [InlineData("++491701234567", "other characters")]
    [InlineData("٤٩١٧٠١٢٣٤٥٦٧", "other characters")]
    [InlineData("491701234567\r\nX-Header: 1", "other characters")]
    [InlineData("+", "other characters")]
    [InlineData("", "empty")]
    [InlineData(null, "empty")]
    public void What_is_not_a_number_is_told_in_a_sentence(string? text, string problem)
    {
        PhoneNumberReader.TryRead(text, out var number, out var told).ShouldBeFalse();
        number.ShouldBeEmpty();
        told.ShouldNotBeNull().ShouldContain(problem);
        told.ShouldContain("such as 491701234567");
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string letters = "0123456789+-() ./\u00A0\u202Ax٣\ud800";
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([
                .. Enumerable
                    .Range(0, random.Next(24))
                    .Select(_ => letters[random.Next(letters.Length)]),
            ]);
            PhoneNumberReader
                .TryRead(text, out var number, out var problem)
                .ShouldBe(problem is null, $"seed {seed}: {text}");
            PhoneNumber.IsValid(number).ShouldBe(problem is null, $"seed {seed}: {text}");
        }
    }
}
