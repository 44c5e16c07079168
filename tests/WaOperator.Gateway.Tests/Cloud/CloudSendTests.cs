using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Posts to a number's messages, from the program to the pod and back.</summary>
public sealed class CloudSendTests
{
    private const string Text =
        """{"messaging_product":"whatsapp","recipient_type":"individual","to":"491700000002","type":"text","text":{"preview_url":true,"body":"Hi"}}""";

    [Fact]
    public async Task A_text_goes_to_the_owner_and_its_answer_comes_back_in_Metas_shape()
    {
        await using var cloud = await CloudWorld.StartAsync();

        var answer = await cloud.Tenant.PostAsync(cloud.Messages, Text);

        answer.Status.ShouldBe(200);
        JsonNode
            .DeepEquals(
                answer.Body,
                JsonNode.Parse(
                    $$"""
                    {"messaging_product":"whatsapp","contacts":[{"input":"491700000002","wa_id":"491700000002"}],
                     "messages":[{"id":"{{CloudIds.ToCloud(
                        "3EB0A1B2C3"
                    )}}","message_status":"accepted"}]}
                    """
                )
            )
            .ShouldBeTrue($"{answer.Body}");
        var asked = cloud.Pod.Requests.ShouldHaveSingleItem();
        (asked.Method, asked.Path).ShouldBe(("POST", $"{cloud.Session.Path}/messages"));
        asked.Headers.Authorization.ToString().ShouldBe($"Bearer {GatewayWorld.ApiKey}");
        asked.Headers.ContentType.ToString().ShouldBe("application/json");
        var body = cloud.LastBody.AsObject();
        ((string?)body["id"]).ShouldNotBeNullOrEmpty("the id is fixed before a pod is asked");
        body.Remove("id");
        body.ToJsonString().ShouldBe("""{"to":"491700000002","text":{"body":"Hi"}}""");
    }

    [Fact]
    public async Task A_pod_that_dies_gets_the_message_again_with_the_same_id()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var first = true;
        cloud.Pod.Answer = http =>
        {
            if (!first)
                return CloudWorld.AnswerAsync(http);
            first = false;
            return FakePod.DieAsync(http);
        };

        (await cloud.Tenant.PostAsync(cloud.Messages, Text)).Status.ShouldBe(200);

        cloud.Pod.Requests.Count.ShouldBe(2);
        cloud.Pod.Requests.First().Body.ShouldBe(cloud.Pod.Requests.Last().Body);
    }
}
