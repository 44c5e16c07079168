using System.Globalization;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.WhatsApp;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>
/// Messages through one session and through several, for which each device of the receiver and of the sender needs an encryption
/// of its own: three here. A caller of the pod's API waits until its message is durable, one of Baileys until it is on its way.
/// </summary>
internal static class Sends
{
    private const int Callers = 16;
    private const int DelayMs = 50;
    private const double AimPerCpu = 10;
    private const double AimDurable = 2_000;
    private const double AimDelayed = 1_000;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("messages");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var other = await Peer.PairAsync(runtime, setup.World);
        await using (var ours = await OurSender.StartAsync(setup, setup.StartPod()))
        await using (var file = await TheirSender.StartAsync(setup, runtime, "file"))
        await using (var memory = await TheirSender.StartAsync(setup, runtime, "memory"))
        {
            ISender[] senders = [ours, file, memory];
            await WarmUpAsync(setup, senders, peer);
            await OneToOneAsync(setup, "1 caller", senders, peer, 1);
            await OneToOneAsync(setup, $"{Callers} callers", senders, peer, Callers);
            await DelayedAsync(setup, senders, peer);
            await GroupAsync(setup, senders, peer, other);
            await BacklogAsync(setup, senders, peer);
        }
        await ManyAsync(setup, runtime, peer);
    }

    /// <summary>As many sessions as callers, each with its own.</summary>
    private static async Task ManyAsync(Setup setup, WhatsAppRuntime runtime, Peer peer)
    {
        await using var ours = await OurSender.StartAsync(setup, setup.StartPod(), Callers);
        await using var file = await TheirSender.StartAsync(setup, runtime, "file", Callers);
        ISender[] senders = [ours, file];
        await WarmUpAsync(setup, senders, peer);
        await OneToOneAsync(setup, $"{Callers} sessions", senders, peer, Callers);
    }

    private static async Task WarmUpAsync(Setup setup, ISender[] senders, Peer peer)
    {
        foreach (var sender in senders)
        {
            // Both ways once, so that sessions are settled.
            foreach (var phone in sender.Phones)
                await peer.SendAsync(new(phone, Jid.PhoneServer), 1);
            // Ours is compiled while it runs, what 16 callers and what one take apart: it is at its speed after some thousands of each.
            foreach (var (callers, count) in new[] { (Callers, 5_000), (1, 5_000) })
                await sender.LoadAsync(
                    setup.World,
                    peer.Jid,
                    setup.Options.Scaled(sender is OurSender ? count : 300),
                    callers
                );
        }
    }

    private static async Task OneToOneAsync(
        Setup setup,
        string who,
        ISender[] senders,
        Peer peer,
        int callers
    )
    {
        var loads = new List<Load>();
        foreach (var sender in senders)
            loads.Add(
                await sender.LoadAsync(
                    setup.World,
                    peer.Jid,
                    setup.Options.Scaled(
                        sender is not OurSender ? 1_000
                        : callers == 1 ? 5_000
                        : 20_000
                    ),
                    callers
                )
            );
        var (ours, file, memory) = (loads[0], loads[1], loads.ElementAtOrDefault(2));
        void Compare(string what, string unit, Func<Load, double> figure, bool less = true)
        {
            foreach (var (auth, theirs) in new[] { ("file", file), ("memory", memory) })
                if (theirs is not null)
                    setup.Table.Add(
                        new(
                            $"1:1 sends, {who}: {what}, theirs {auth} auth",
                            unit,
                            figure(ours),
                            figure(theirs),
                            less
                        )
                    );
        }
        Compare("ours durable", "1/s", load => load.PerSecond, less: false);
        Compare("a CPU second", "1/s", load => load.PerCpuSecond, less: false);
        Compare("CPU of the process", "ms each", load => load.CpuMs);
        setup.Table.Add(new($"1:1 sends, {who}: CPU of PostgreSQL", "ms each", ours.DatabaseCpuMs));
        setup.Table.Add(
            new(
                $"1:1 sends, {who}: CPU of both, theirs file auth",
                "ms each",
                ours.CpuMs + ours.DatabaseCpuMs,
                file.CpuMs,
                true
            )
        );
        setup.Table.Add(
            new(
                $"1:1 sends, {who}: CPU of server, callers and receiver",
                "ms each",
                ours.RestCpuMs,
                file.RestCpuMs,
                true
            )
        );
        var ratio = ours.PerCpuSecond / file.PerCpuSecond;
        setup.Table.Aim(
            $"sends per CPU second, {who}",
            "10 x Baileys with file auth",
            ratio,
            ratio >= AimPerCpu
        );
        if (callers > 1)
            setup.Table.Aim(
                $"durable sends, {who}",
                "2,000/s",
                ours.PerSecond,
                ours.PerSecond >= AimDurable
            );
    }

    private static async Task DelayedAsync(Setup setup, ISender[] senders, Peer peer)
    {
        await setup.World.Simulator.PostAsync("/faults/delay-acks", new { milliseconds = DelayMs });
        var ours = await senders[0]
            .LoadAsync(setup.World, peer.Jid, setup.Options.Scaled(10_000), 64);
        var theirs = await senders[2]
            .LoadAsync(setup.World, peer.Jid, setup.Options.Scaled(1_000), Callers);
        await setup.World.Simulator.PostAsync("/faults/delay-acks", new { milliseconds = 0 });
        setup.Table.Add(
            new(
                $"1:1 sends, acks after {DelayMs} ms; theirs memory auth",
                "1/s",
                ours.PerSecond,
                theirs.PerSecond
            )
        );
        setup.Table.Aim(
            $"sends with acks after {DelayMs} ms",
            "1,000/s",
            ours.PerSecond,
            ours.PerSecond >= AimDelayed
        );
    }

    private static async Task GroupAsync(Setup setup, ISender[] senders, Peer peer, Peer other)
    {
        var loads = new List<Load>();
        foreach (var sender in senders)
        {
            var group = await peer.Client.Groups.CreateAsync(
                "bench",
                [sender.Jid, other.Jid],
                CancellationToken.None
            );
            await sender.SendAsync(group.Jid, 1, 1);
            loads.Add(
                await sender.LoadAsync(
                    setup.World,
                    group.Jid,
                    setup.Options.Scaled(sender is OurSender ? 5_000 : 300),
                    Callers
                )
            );
        }
        setup.Table.Add(
            new(
                $"sends to a group of 3, {Callers} callers, theirs file auth",
                "1/s",
                loads[0].PerSecond,
                loads[1].PerSecond
            )
        );
        setup.Table.Add(
            new(
                $"sends to a group of 3: CPU of the process, theirs file auth",
                "ms each",
                loads[0].CpuMs,
                loads[1].CpuMs,
                true
            )
        );
    }

    private static async Task BacklogAsync(Setup setup, ISender[] senders, Peer peer)
    {
        var loads = new List<Load>();
        foreach (var sender in senders)
        {
            var count = setup.Options.Scaled(sender is OurSender ? 10_000 : 2_000);
            await sender.DisconnectAsync();
            await peer.SendAsync(sender.Jid, count);
            loads.Add(
                await Load.OfAsync(
                    setup.World,
                    sender.Pid,
                    count,
                    [sender.Phone],
                    "confirmed",
                    sender.ConnectAsync
                )
            );
        }
        setup.Table.Add(
            new(
                "receives from an offline backlog, login included; theirs file auth",
                "1/s",
                loads[0].PerSecond,
                loads[1].PerSecond
            )
        );
        setup.Table.Add(
            new(
                "receives from an offline backlog; theirs memory auth",
                "1/s",
                loads[0].PerSecond,
                loads[2].PerSecond
            )
        );
        setup.Table.Add(
            new(
                "receives: CPU of the process, theirs file auth",
                "ms each",
                loads[0].CpuMs,
                loads[1].CpuMs,
                true
            )
        );
        setup.Table.Add(new("receives: CPU of PostgreSQL", "ms each", loads[0].DatabaseCpuMs));
    }
}
