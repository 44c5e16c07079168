using WaOperator.Interop.Clients;
using WaOperator.Interop.Rows;

namespace WaOperator.Interop.Report;

/// <summary>A row for which a side has no call, so that its cell is not tried and not counted.</summary>
/// <param name="Row">The row.</param>
/// <param name="Release">Which side.</param>
/// <param name="AsSender">It is needed of the sender, or of the one to whom something happens; otherwise of the receiver.</param>
/// <param name="Why">What there is not.</param>
public sealed record Unsupported(string Row, Release Release, bool AsSender, string Why)
{
    private const string OneSession =
        "a phone number has one session, which was paired by QR; the second device is a client of our library";
    private const string NoForgetting = "no call takes a Signal session away";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Unsupported> All { get; } =
    [
        new("pairing by code", Release.Api, AsSender: true, OneSession),
        new("retry after a lost session", Release.Api, AsSender: false, NoForgetting),
        new("backlog after a group by LID", Release.Api, AsSender: true, NoForgetting),
        new("backlog beyond the resend memory", Release.Api, AsSender: true, NoForgetting),
        new(
            "replaced",
            Release.Api,
            AsSender: true,
            "no call gives a device's keys away, so there is no second login with them"
        ),
        new(
            "logout",
            Release.Api,
            AsSender: true,
            "POST .../logout is a change of the resource, and no Kubernetes runs here"
        ),
        new(
            Communities.Name,
            Release.V6,
            AsSender: true,
            "it can make a community and leave it, but has no call for groups in it"
        ),
    ];

    private const string NoStateCall =
        "an account of the API has one session; its state is tried with the library that it uses";
    private const string IgnoresConflicts =
        "Baileys does not read the answer to a patch, so what it writes upon an old version is lost (Socket/chats.js, appPatch)";

    private const string SameCalls =
        "the API's calls are those of the library, with which they are tried here";

    private static Unsupported[] Both(Row row, string why) =>
        [
            new(row.Name, Release.Api, AsSender: true, why),
            new(row.Name, Release.Api, AsSender: false, why),
        ];

    private static IEnumerable<Unsupported> OfOwnDevices() =>
        [
            .. AccountStates.Rows.SelectMany(row => Both(row, NoStateCall)),
            .. Profiles.Rows.SelectMany(row => Both(row, SameCalls)),
            new(AccountStates.AtOnceName, Release.Rc14, AsSender: true, IgnoresConflicts),
            new(AccountStates.AtOnceName, Release.V6, AsSender: true, IgnoresConflicts),
        ];

    /// <summary>Why a cell is not tried; null: it is.</summary>
    public static string? WhyNot(string row, Direction direction) =>
        All.Concat(OfOwnDevices())
            .FirstOrDefault(u =>
                u.Row == row && u.Release == (u.AsSender ? direction.From : direction.To).Release
            )
            ?.Why;
}
