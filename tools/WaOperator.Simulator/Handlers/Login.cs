using System.Globalization;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Faults;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Handlers;

/// <summary>Logins: who may, who is replaced, what waits, and what a client does that comes or goes.</summary>
internal sealed class Login(WhatsAppServer server)
{
    /// <summary>Routing information that clients keep and send before the header of their next connection.</summary>
    private static readonly byte[] RoutingInfo = [8, 2, 8, 13];

    /// <summary>Answers the payload of a login: success, or failure and the end.</summary>
    public void Begin(Connection connection, byte[] noiseKey, ClientPayload payload)
    {
        var number = payload.Username.ToString(CultureInfo.InvariantCulture);
        if (server.Faults.Meet(number, http: false) is { } refusal)
        {
            server.Ledger.Note("refused", number, $"{refusal.Form} {refusal.Reason}");
            connection.Close(
                refusal.Form == RefusalForm.StreamError
                    ? Stanzas.StreamError(refusal.Reason)
                    : Stanzas.Failure(refusal.Reason, refusal.Attributes)
            );
            return;
        }
        var device = server.Directory.ByNoiseKey(noiseKey);
        if (
            device is null
            || device.Phone.Number != number
            || device.Id != payload.Device
            || !Enter(connection, device)
        )
        {
            server.Ledger.Note(
                "unknownDevice",
                number,
                "no linked device has this Noise key, number and device"
            );
            connection.Close(Stanzas.Failure(401));
        }
    }

    /// <summary><c>passive &gt; active</c>: the client is ready for stanzas; <c>passive</c>: it is not.</summary>
    public BinaryNode? Passive(Device device, BinaryNode iq)
    {
        var active = iq.FirstChild?.Tag switch
        {
            "active" => true,
            "passive" => false,
            var other => throw RefusedException.NotImplemented(other ?? "no child"),
        };
        if (active)
        {
            server.States.Greet(device);
            server.History.Greet(device);
        }
        lock (device.Gate)
        {
            if (device.Connection is not { } connection)
                return null;
            connection.Send(Stanzas.Result(iq));
            if (active && !connection.Active)
                SendWaiting(connection, device);
            connection.Active = active;
        }
        return null;
    }

    /// <summary>A socket has ended; if it was its device's connection, the device is away from now.</summary>
    public void Left(Connection connection, Ending how)
    {
        if (connection.Device is not { } device)
            return;
        server.Replacement.Left(connection, device, how);
        Detach(connection, device, how);
    }

    /// <summary>Takes the connection from its device, as the reason of the device's being away.</summary>
    public void Detach(Connection connection, Device device, Ending how)
    {
        lock (device.Gate)
        {
            if (device.Connection != connection)
                return;
            device.Connection = null;
            connection.Active = false;
            device.Record.Lost = new(
                how,
                server.Clock.Now(),
                connection.LoggedInAt,
                connection.LastFrame
            );
        }
        server.Presences.Gone(device);
        server.Ledger.Count($"ended{how}");
    }

    private bool Enter(Connection connection, Device device)
    {
        lock (device.Gate)
        {
            if (device.Unlinked)
                return false;
            if (device.Connection is { } old)
                server.Replacement.Replace(old, connection, device);
            connection.Device = device;
            device.Connection = connection;
            connection.Send(
                new("success")
                {
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    ["lid"] = device.Lid.ToString(),
                    ["location"] = "sim",
                }
            );
            connection.LoggedInAt = server.Clock.Now();
            device.Record.LoggedIn(server.Clock, server.Ledger.Mark, connection.LoggedInAt);
        }
        server.Ledger.Login(connection.LoggedInAt);
        connection.Send(
            Stanzas.Info(
                new("edge_routing") { Children = [new("routing_info") { Bytes = RoutingInfo }] }
            )
        );
        return true;
    }

    /// <summary>Guard: the device's gate.</summary>
    private static void SendWaiting(Connection connection, Device device)
    {
        var count = device.Mailbox.Count;
        if (count > 0)
        {
            connection.Send(
                Stanzas.Info(
                    new("offline_preview")
                    {
                        ["count"] = Stanzas.Text(count),
                        ["message"] = Stanzas.Text(
                            device.Mailbox.All.Count(p => p.Class == "message")
                        ),
                        ["receipt"] = Stanzas.Text(
                            device.Mailbox.All.Count(p => p.Class == "receipt")
                        ),
                        ["notification"] = Stanzas.Text(
                            device.Mailbox.All.Count(p => p.Class == "notification")
                        ),
                    }
                )
            );
        }
        foreach (var pending in device.Mailbox.All)
        {
            pending.Trace?.Delivered();
            connection.Send(pending.Stanza.With("offline", "0"));
        }
        device.Record.Delivered += count;
        connection.Send(Stanzas.Info(new("offline") { ["count"] = Stanzas.Text(count) }));
    }
}
