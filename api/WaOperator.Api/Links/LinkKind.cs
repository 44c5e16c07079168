namespace WaOperator.Api.Links;

/// <summary>What a link opens. Part of what is signed: a link of one kind is none of another.</summary>
internal enum LinkKind : byte
{
    /// <summary>A file.</summary>
    Media = 1,

    /// <summary>The pairing of a session.</summary>
    Pairing = 2,
}

/// <summary>Where links are served.</summary>
internal static class LinkKinds
{
    /// <summary>What stands in front of the token.</summary>
    public static string Path(this LinkKind kind) =>
        kind switch
        {
            LinkKind.Media => "/v1/media/",
            LinkKind.Pairing => "/v1/pairing/",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
}
