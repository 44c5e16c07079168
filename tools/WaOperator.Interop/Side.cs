using WaOperator.Interop.Api;
using WaOperator.Interop.Clients;
using WaOperator.Simulator.Accounts;

namespace WaOperator.Interop;

/// <summary>One account of a pair, with two linked devices of the same release; the second one beside the API is our library's.</summary>
public sealed class Side(Release release, string number, Server server) : IAsyncDisposable
{
    private readonly List<Client> _retired = [];
    private readonly Dictionary<Release, Shared> _shared = [];
    private Client? _unlinked;

    /// <summary>The client of both devices.</summary>
    public Release Release => release;

    /// <summary>The account's phone number.</summary>
    public string Number => number;

    /// <summary>The account by its number.</summary>
    public string Jid => $"{number}@s.whatsapp.net";

    /// <summary>The account by its LID.</summary>
    public string Lid => $"{Phone.LidOf(number)}@lid";

    /// <summary>What an address of this account may begin with.</summary>
    public string[] Users => [number, Phone.LidOf(number)];

    /// <summary>The first device, on which most things are tried.</summary>
    public Client First { get; private set; } = Make(release, number, 1, server);

    /// <summary>The second device, which must hear of everything.</summary>
    public Client Second { get; } = Make(release, number, 2, server);

    /// <summary>A device that the phone has not unlinked, the first one if it may be chosen.</summary>
    public Client Linked => _unlinked == First ? Second : First;

    /// <summary>A client with a copy of the first device's keys, in a process of its own: it will replace the first.</summary>
    public Client Twin()
    {
        var state = ((ProcessClient)First).State;
        var copy = state + "-twin";
        Directory.CreateDirectory(copy);
        // All but what shows that another program is at work there.
        foreach (
            var file in Directory.EnumerateFiles(state).Where(f => Path.GetFileName(f) != "lock")
        )
            try
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
            catch (FileNotFoundException)
            {
                // The first device still runs: it has used this prekey up since the folder was listed.
            }
        return Make(release, number, 1, server, copy);
    }

    /// <summary>The twin is the first device from now on.</summary>
    public void Replace(Client twin)
    {
        _retired.Add(First);
        First = twin;
    }

    /// <summary>Another account, of which one device is of this side's client and one of another's.</summary>
    public Shared SharedWith(Side other)
    {
        if (!_shared.TryGetValue(other.Release, out var shared))
            shared = _shared[other.Release] = new(this, other.Release, server);
        return shared;
    }

    /// <summary>The phone has unlinked this device.</summary>
    public void Lose(Client unlinked) => _unlinked = unlinked;

    /// <summary>True if the address is one of this account's.</summary>
    public bool Is(string? jid) =>
        jid is not null
        && Users.Any(u =>
            jid.StartsWith(u + "@", StringComparison.Ordinal)
            || jid.StartsWith(u + ":", StringComparison.Ordinal)
        );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _retired.Append(First).Append(Second))
            await client.DisposeAsync();
        foreach (var shared in _shared.Values)
            await shared.DisposeAsync();
    }

    internal static Client Make(
        Release release,
        string number,
        int device,
        Server server,
        string? copy = null
    )
    {
        var name = $"{release.Name()} of {number}, device {device}";
        var state = copy ?? Path.Combine(server.Folder, $"{number}-{device}");
        return release switch
        {
            // A number has one session: the second device is a client of our library.
            Release.Api when device == 1 => new ApiClient { Name = name, Server = server },
            Release.Api or Release.Ours => new OwnClient
            {
                Name = name,
                State = state,
                Server = server,
            },
            _ => new BaileysClient(release)
            {
                Name = name,
                State = state,
                Server = server,
            },
        };
    }
}
