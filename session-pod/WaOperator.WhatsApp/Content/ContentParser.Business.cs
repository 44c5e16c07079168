using System.Text.Json;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>What businesses send, and what is answered to it.</content>
internal static partial class ContentParser
{
    private static ReceivedContent? OfBusiness(Message m) =>
        m switch
        {
            { TemplateMessage: { } template } => OfTemplate(m, template),
            { HighlyStructuredMessage: { } text } => text.HydratedHsm is { } hydrated
                ? OfTemplate(m, hydrated)
                : Show(m, ContentKind.Template) with
                {
                    Text = Words(text),
                },
            { ButtonsMessage: { } buttons } => Show(m, ContentKind.Buttons) with
            {
                Title = Given(buttons.Text),
                Text = Given(buttons.ContentText),
                Footer = Given(buttons.FooterText),
                Choices =
                [
                    .. buttons.Buttons.Select(button => new ReceivedChoice(
                        Given(button.ButtonId),
                        Given(button.ButtonText?.DisplayText ?? "")
                    )
                    {
                        Action = Given(button.NativeFlowInfo?.Name ?? ""),
                        Parameters = Given(button.NativeFlowInfo?.ParamsJson ?? ""),
                    }),
                ],
            },
            { ButtonsResponseMessage: { } reply } => OfChoice(
                m,
                ContentKind.ButtonReply,
                new(Given(reply.SelectedButtonId), Given(reply.SelectedDisplayText))
            ),
            { TemplateButtonReplyMessage: { } reply } => OfChoice(
                m,
                ContentKind.ButtonReply,
                new(Given(reply.SelectedId), Given(reply.SelectedDisplayText))
            ),
            { ListMessage: { } list } => OfList(m, list),
            { ListResponseMessage: { } reply } => OfChoice(
                m,
                ContentKind.ListReply,
                new(Given(reply.SingleSelectReply?.SelectedRowId ?? ""), Given(reply.Title))
                {
                    Description = Given(reply.Description),
                }
            ),
            { InteractiveMessage: { } interactive } => OfInteractive(m, interactive),
            { InteractiveResponseMessage: { } reply } => OfChoice(
                m,
                ContentKind.InteractiveReply,
                OfFlow(
                    reply.NativeFlowResponseMessage?.Name ?? "",
                    reply.NativeFlowResponseMessage?.ParamsJson ?? ""
                ) with
                {
                    Text = Given(reply.Body?.Text ?? ""),
                }
            ),
            { ProductMessage: { } product } => Show(m, ContentKind.Product) with
            {
                Title = Given(product.Product?.Title ?? product.Catalog?.Title ?? ""),
                Text =
                    Given(product.Body)
                    ?? Given(product.Product?.Description ?? product.Catalog?.Description ?? ""),
                Footer = Given(product.Footer),
            },
            { OrderMessage: { } order } => Show(m, ContentKind.Order) with
            {
                Title = Given(order.OrderTitle),
                Text = Given(order.Message),
            },
            _ => null,
        };

    private static ReceivedContent OfChoice(Message m, ContentKind kind, ReceivedChoice choice) =>
        Show(m, kind) with
        {
            Text = choice.Text,
            Choice = choice,
        };

    private static ReceivedContent OfTemplate(Message m, TemplateMessage template)
    {
        if (template.InteractiveMessageTemplate is { } interactive)
            return OfInteractive(m, interactive) with { Kind = ContentKind.Template };
        var content = Show(m, ContentKind.Template);
        if ((template.HydratedTemplate ?? template.HydratedFourRowTemplate) is not { } hydrated)
            return content with
            {
                Title = Words(template.FourRowTemplate?.HighlyStructuredMessage),
                Text = Words(template.FourRowTemplate?.Content),
                Footer = Words(template.FourRowTemplate?.Footer),
            };
        return content with
        {
            Title = Given(hydrated.HydratedTitleText),
            Text = Given(hydrated.HydratedContentText),
            Footer = Given(hydrated.HydratedFooterText),
            Choices =
            [
                .. hydrated.HydratedButtons.Select(button =>
                    button switch
                    {
                        { QuickReplyButton: { } reply } => new ReceivedChoice(
                            Given(reply.Id),
                            Given(reply.DisplayText)
                        ),
                        { UrlButton: { } link } => new(null, Given(link.DisplayText))
                        {
                            Url = Given(link.Url),
                        },
                        _ => new(null, Given(button.CallButton?.DisplayText ?? ""))
                        {
                            Phone = Given(button.CallButton?.PhoneNumber ?? ""),
                        },
                    }
                ),
            ],
        };
    }

    private static ReceivedContent OfList(Message m, ListMessage list) =>
        Show(m, ContentKind.List) with
        {
            Title = Given(list.Title),
            Text = Given(list.Description),
            Footer = Given(list.FooterText),
            Choices =
            [
                .. from section in list.Sections
                from row in section.Rows
                select new ReceivedChoice(Given(row.RowId), Given(row.Title))
                {
                    Description = Given(row.Description),
                    Section = Given(section.Title),
                },
                .. from section in list.ProductListInfo?.ProductSections ?? []
                from product in section.Products
                select new ReceivedChoice(Given(product.ProductId), null)
                {
                    Section = Given(section.Title),
                },
            ],
        };

    private static ReceivedContent OfInteractive(Message m, InteractiveMessage interactive) =>
        Show(m, ContentKind.Interactive) with
        {
            Title = Given(interactive.Header?.Title ?? ""),
            Text = Given(interactive.Body?.Text ?? ""),
            Footer = Given(interactive.Footer?.Text ?? ""),
            Choices = interactive.NativeFlowMessage is { } flow
                ? [.. flow.Buttons.Select(button => OfFlow(button.Name, button.ButtonParamsJson))]
                : null,
        };

    /// <summary>An action whose id, text and link stand in its parameters.</summary>
    private static ReceivedChoice OfFlow(string action, string parameters)
    {
        var choice = new ReceivedChoice(null, null)
        {
            Action = Given(action),
            Parameters = Given(parameters),
        };
        if (parameters.Length == 0)
            return choice;
        try
        {
            using var json = JsonDocument.Parse(parameters);
            return json.RootElement.ValueKind != JsonValueKind.Object
                ? choice
                : choice with
                {
                    Id = Member(json.RootElement, "id"),
                    Text = Member(json.RootElement, "display_text"),
                    Url = Member(json.RootElement, "url"),
                    Phone = Member(json.RootElement, "phone_number"),
                };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The sender's JSON is none: its text is told as it is.
            return choice;
        }
    }

    private static string? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>The parameters: the words around them are known to the sender's clients only.</summary>
    private static string? Words(HighlyStructuredMessage? text) =>
        Given(string.Join(", ", text?.Params ?? []));
}
