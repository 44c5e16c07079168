using System.Collections.Concurrent;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Faults;
using WaOperator.Simulator.Groups;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Media;
using WaOperator.Simulator.PhoneState;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;

namespace WaOperator.Simulator;

/// <summary>The server's state and the handlers of its stanzas: what everything else is reached from.</summary>
internal sealed class WhatsAppServer
{
    private static readonly TimeSpan CertificateLife = TimeSpan.FromDays(3650);

    /// <summary>Makes a server without phones.</summary>
    public WhatsAppServer(SimulatorOptions options, TimeProvider time, KeyPair root)
    {
        Options = options;
        Clock = new(time);
        Ledger = new(Clock);
        Faults = new(Clock);
        RootPublic = root.Public;
        var now = time.GetUtcNow();
        Certificates = CertificateIssuer.Issue(
            root,
            NoiseKey.Public,
            now.AddDays(-1),
            now + CertificateLife
        );
        Pairing = new(this);
        CodePairing = new(this);
        PasskeyPairing = new(this);
        Login = new(this);
        Replacement = new(this);
        Ends = new(this);
        Notices = new(this);
        GroupMessages = new(this);
        Statuses = new(this);
        GroupNotices = new(this);
        Presences = new(this);
        Calls = new(this);
        Pictures = new(this);
        Profiles = new(this);
        Journal = new(Clock, options.Journal);
        Media = new(
            this,
            new(
                options.State is { } state ? Path.Combine(state, "media") : null,
                options.MediaFileBytes,
                options.MediaTotalBytes
            )
        );
        PhoneMedia = new(this);
        States = new(this);
        History = new(this);
        Dispatcher = new(this);
    }

    public SimulatorOptions Options { get; }
    public Clock Clock { get; }
    public Ledger Ledger { get; }
    public Injector Faults { get; }
    public AccountDirectory Directory { get; } = new();

    /// <summary>The public key that clients must trust.</summary>
    public byte[] RootPublic { get; }

    /// <summary>The server's own static Noise key, new at each start.</summary>
    public KeyPair NoiseKey { get; } = KeyPair.Generate();

    /// <summary>The chain that vouches for <see cref="NoiseKey"/>.</summary>
    public byte[] Certificates { get; }

    /// <summary>All sockets that are open, also those that have not logged in or were replaced.</summary>
    public ConcurrentDictionary<Connection, byte> Connections { get; } = new();

    public Pairing Pairing { get; }
    public CodePairing CodePairing { get; }
    public PasskeyPairing PasskeyPairing { get; }
    public Login Login { get; }
    public Replacement Replacement { get; }
    public Ends Ends { get; }
    public Notices Notices { get; }
    public GroupStore Groups { get; } = new();
    public GroupMessages GroupMessages { get; }
    public Statuses Statuses { get; }
    public GroupNotices GroupNotices { get; }
    public Presences Presences { get; }
    public Calls Calls { get; }
    public Pictures Pictures { get; }
    public Profiles Profiles { get; }

    /// <summary>What became of each message; keeps none unless told to.</summary>
    public MessageJournal Journal { get; }
    public MediaHost Media { get; }
    public PhoneMedia PhoneMedia { get; }
    public PhoneStates States { get; }
    public PhoneHistories History { get; }
    public Dispatcher Dispatcher { get; }
}
