using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Cloud;

/// <summary>What a post to a number's messages asks for.</summary>
internal abstract record CloudRequest;

/// <summary>A message is to be sent.</summary>
/// <param name="To">The recipient as the program named it.</param>
/// <param name="Body">The body of our own API that sends it.</param>
internal sealed record CloudSend(string To, JsonObject Body) : CloudRequest;

/// <summary>A message was read.</summary>
/// <param name="Id">Our id of it.</param>
/// <param name="Typing">Its chat is to be shown that the account is typing.</param>
internal sealed record CloudRead(string Id, bool Typing) : CloudRequest;
