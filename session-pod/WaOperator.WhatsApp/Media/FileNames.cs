using System.Collections.Frozen;

namespace WaOperator.WhatsApp.Media;

/// <summary>The type by the extension of a file's name; types as IANA registers them. Pure.</summary>
internal static class FileNames
{
    private const string Office = "application/vnd.openxmlformats-officedocument.";
    private const string OpenDocument = "application/vnd.oasis.opendocument.";

    /// <summary>By extension: the type, and what the bytes of such a file are marked as.</summary>
    private static readonly FrozenDictionary<string, (string Type, string Container)> Known =
        new Dictionary<string, (string, string)>
        {
            ["jpg"] = Self("image/jpeg"),
            ["jpeg"] = Self("image/jpeg"),
            ["png"] = Self("image/png"),
            ["gif"] = Self("image/gif"),
            ["webp"] = Self("image/webp"),
            ["heic"] = Self("image/heic"),
            ["heif"] = ("image/heif", "image/heic"),
            ["avif"] = Self("image/avif"),
            ["tif"] = Self("image/tiff"),
            ["tiff"] = Self("image/tiff"),
            ["bmp"] = Self("image/bmp"),
            ["svg"] = Self("image/svg+xml"),
            ["mp4"] = Self(FileMarks.Mp4),
            ["m4v"] = Self(FileMarks.Mp4),
            ["mov"] = ("video/quicktime", FileMarks.Mp4),
            ["3gp"] = ("video/3gpp", FileMarks.Mp4),
            ["webm"] = Self("video/webm"),
            ["mkv"] = Self("video/x-matroska"),
            ["avi"] = Self("video/x-msvideo"),
            ["m4a"] = ("audio/mp4", FileMarks.Mp4),
            ["mp3"] = Self("audio/mpeg"),
            ["aac"] = Self("audio/aac"),
            ["amr"] = Self("audio/amr"),
            ["wav"] = Self("audio/wav"),
            ["flac"] = Self("audio/flac"),
            ["ogg"] = Self(FileMarks.Ogg),
            ["oga"] = Self(FileMarks.Ogg),
            ["opus"] = (FileType.Voice, FileMarks.Ogg),
            ["pdf"] = Self("application/pdf"),
            ["rtf"] = Self("application/rtf"),
            ["txt"] = Self("text/plain"),
            ["csv"] = Self("text/csv"),
            ["html"] = Self("text/html"),
            ["htm"] = Self("text/html"),
            ["md"] = Self("text/markdown"),
            ["vcf"] = Self("text/vcard"),
            ["ics"] = Self("text/calendar"),
            ["xml"] = Self("application/xml"),
            ["json"] = Self("application/json"),
            ["doc"] = ("application/msword", FileMarks.Ole),
            ["xls"] = ("application/vnd.ms-excel", FileMarks.Ole),
            ["ppt"] = ("application/vnd.ms-powerpoint", FileMarks.Ole),
            ["docx"] = ($"{Office}wordprocessingml.document", FileMarks.Zip),
            ["xlsx"] = ($"{Office}spreadsheetml.sheet", FileMarks.Zip),
            ["pptx"] = ($"{Office}presentationml.presentation", FileMarks.Zip),
            ["odt"] = ($"{OpenDocument}text", FileMarks.Zip),
            ["ods"] = ($"{OpenDocument}spreadsheet", FileMarks.Zip),
            ["odp"] = ($"{OpenDocument}presentation", FileMarks.Zip),
            ["epub"] = ("application/epub+zip", FileMarks.Zip),
            ["apk"] = ("application/vnd.android.package-archive", FileMarks.Zip),
            ["zip"] = Self(FileMarks.Zip),
            ["gz"] = Self("application/gzip"),
            ["rar"] = Self("application/vnd.rar"),
            ["7z"] = Self("application/x-7z-compressed"),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>By an extension with its dot; null: not known.</summary>
    public static (string Type, string Container)? Of(string extension) =>
        extension.Length > 1 && Known.TryGetValue(extension[1..], out var known) ? known : null;

    private static (string, string) Self(string type) => (type, type);
}
