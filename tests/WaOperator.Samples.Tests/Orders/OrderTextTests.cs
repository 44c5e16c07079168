using Orders;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Orders;

/// <summary>What customers write, and what they are told, by language.</summary>
public sealed class OrderTextTests
{
    private static readonly Texts Texts = Texts.Load(
        Path.Combine(Shell.Root, "samples", "Orders", "Texts")
    );

    [Theory]
    [InlineData("order 2 bread, 1 cake", "2 bread|1 cake")]
    [InlineData("  Order 10x rye bread\n1 x cake ", "10 rye bread|1 cake")]
    public void An_order_is_numbers_and_names(string text, string items)
    {
        OrderText.IsOrder(text, "order").ShouldBeTrue();
        string.Join('|', OrderText.Read(text, "order")!.Select(i => $"{i.Count} {i.Name}"))
            .ShouldBe(items);
    }

    [Theory]
    [InlineData("order")]
    [InlineData("order bread")]
    [InlineData("order 0 bread")]
    [InlineData("order 100 bread")]
    [InlineData("order 1 bread,")]
    public void What_is_ordered_must_be_readable(string text)
    {
        OrderText.IsOrder(text, "order").ShouldBeTrue();
        OrderText.Read(text, "order").ShouldBeNull();
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("I order 1 bread")]
    [InlineData("")]
    public void Other_texts_are_for_people(string text) =>
        OrderText.IsOrder(text, "order").ShouldBeFalse();

    [Theory]
    [InlineData("en", "Yes!")]
    [InlineData("de", " ja ")]
    [InlineData("es", "SI")]
    [InlineData("es", "Sí.")]
    public void Yes_is_said_in_the_language_of_the_shop(string language, string text) =>
        OrderText.IsYes(text, Texts.Of(language, "yes")).ShouldBeTrue();

    [Fact]
    public void A_text_is_taken_from_the_nearest_language_that_has_it()
    {
        Texts.Of("de-AT", "order").ShouldBe("bestellen");
        Texts.Of("ES", "order").ShouldBe("pedir");
        Texts.Of("fr", "order").ShouldBe("order");
        Texts.Of("en", Say.Thanks, ("code", "X1")).ShouldContain("X1");
    }

    [Fact]
    public void What_a_customer_writes_is_not_looked_through_for_names() =>
        Texts
            .Of("en", Say.Summary, ("order", "7"), ("items", "1 {code}"), ("code", "X1"))
            .ShouldContain("1 {code}");

    [Fact]
    public void All_languages_have_all_texts()
    {
        foreach (var say in Enum.GetValues<Say>())
        foreach (var language in new[] { "de", "es" })
            Texts.Of(language, say).ShouldNotBe(Texts.Of("en", say));
    }
}
