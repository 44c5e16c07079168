using PhoneNumbers;

namespace WaOperator.PhoneNumbers.Tests;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("4915112345678", "4915112345678", true)]
    [InlineData("4915112345678", "4915112345679", false)]
    [InlineData("5511987654399", "551187654399", true)]
    [InlineData("5531999998888", "553199998888", true)]
    [InlineData("5511887654321", "551187654321", false)] // its fifth digit is not a 9
    [InlineData("5511934567890", "551134567890", false)] // a fixed line, and somebody else's mobile phone
    [InlineData("5215512345678", "525512345678", true)]
    [InlineData("5225512345678", "525512345678", false)]
    [InlineData("5491123456789", "541123456789", true)]
    [InlineData("5481123456789", "541123456789", false)]
    [InlineData("521551234567", "52551234567", false)]
    public void Numbers_are_compared_by_account(string one, string other, bool same)
    {
        PhoneNumber.Same(one, other).ShouldBe(same);
        PhoneNumber.Same(other, one).ShouldBe(same);
        PhoneNumber.Forms(one).SequenceEqual(PhoneNumber.Forms(other)).ShouldBe(same);
    }

    [Theory]
    [InlineData("376312345")]
    [InlineData("5511987654399")]
    [InlineData("551187654399")]
    [InlineData("551134567890")]
    [InlineData("525512345678")]
    [InlineData("541123456789")]
    public void Each_form_of_a_number_has_the_same_account(string number)
    {
        var forms = PhoneNumber.Forms(number);
        forms.ShouldContain(number);
        forms.Select(PhoneNumber.Account).Distinct().ShouldHaveSingleItem();
        PhoneNumber.Account(PhoneNumber.Account(number)).ShouldBe(PhoneNumber.Account(number));
    }

    [Fact]
    public void The_example_numbers_of_all_countries_are_valid_and_different_accounts()
    {
        var util = PhoneNumberUtil.GetInstance();
        var numbers = util.GetSupportedRegions()
            .Select(region => util.GetExampleNumberForType(region, PhoneNumberType.MOBILE))
            .OfType<global::PhoneNumbers.PhoneNumber>()
            .Select(n => util.Format(n, PhoneNumberFormat.E164)[1..])
            .Distinct()
            .ToList();
        numbers.Count.ShouldBeGreaterThan(200);
        numbers.ShouldAllBe(n => PhoneNumber.IsValid(n));
        numbers.Select(PhoneNumber.Account).Distinct().Count().ShouldBe(numbers.Count);
    }

    [Theory]
    [InlineData("3763123", true)]
    [InlineData("376312", false)]
    [InlineData("123456789012345", true)]
    [InlineData("1234567890123456", false)]
    [InlineData("0491701234567", false)]
    [InlineData("+491701234567", false)]
    [InlineData("49170123456a", false)]
    [InlineData("٤٩١٧٠١٢٣٤٥٦٧", false)]
    [InlineData("491701234567\n", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_number_has_7_to_15_digits_and_no_leading_zero(string? text, bool valid) =>
        PhoneNumber.IsValid(text).ShouldBe(valid);

    [Theory]
    [InlineData("4915112345678", "491********78")]
    [InlineData("12345", "*****")]
    [InlineData("", "")]
    public void Numbers_are_masked(string number, string masked) =>
        PhoneNumber.Mask(number).ShouldBe(masked);
}
