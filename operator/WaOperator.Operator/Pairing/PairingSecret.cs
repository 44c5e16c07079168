using System.Text;
using QRCoder;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Pairing;

/// <summary>The Secret that shows a session's current code, and nothing else of it.</summary>
public static class PairingSecret
{
    /// <summary>Key of a QR code's content.</summary>
    public const string QrKey = "qr";

    /// <summary>Key of the same code drawn for a terminal.</summary>
    public const string DrawingKey = "qr.txt";

    /// <summary>Key of the letters to type on the phone.</summary>
    public const string CodeKey = "code";

    /// <summary>Key of what the account's passkey is to sign.</summary>
    public const string PasskeyKey = "passkey.json";

    /// <summary>Key of the characters that the phone must show as well.</summary>
    public const string CompareKey = "compare";

    /// <summary>Its keys.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [QrKey, DrawingKey, CodeKey, PasskeyKey, CompareKey];

    /// <summary>Its name.</summary>
    public static string NameOf(string session) => $"{session}-pairing";

    /// <summary>Whether there is a code to show: the session waits for its phone, and the code is of the same owner.</summary>
    public static bool IsWanted(SessionFacts facts, SessionView view)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(view);
        return view.Phase == SessionPhases.Pairing
            && facts.Code is { } code
            && code.Epoch == facts.Observed?.State.Epoch;
    }

    /// <summary>Its keys and values for a code.</summary>
    public static IReadOnlyDictionary<string, byte[]> DataOf(PairingCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var text = Encoding.UTF8.GetBytes(code.Code);
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [KeyOf(code.Kind)] = text,
        };
        if (code.Kind == PairingKinds.Qr)
            data[DrawingKey] = Encoding.UTF8.GetBytes(Draw(code.Code));
        return data;
    }

    /// <summary>The whole object for a code.</summary>
    public static Secret Of(WhatsAppSession session, PairingCode code)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new()
        {
            Metadata = new()
            {
                Name = NameOf(session.Metadata.Name!),
                Namespace = session.Metadata.Namespace,
                Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [Labels.ManagedBy] = Labels.ManagedByValue,
                    [Labels.Session] = session.Metadata.Name!,
                    [Labels.Tenant] = session.Spec.TenantRef.Name,
                },
                OwnerReferences = [OwnerReference.ControllerOf(session)],
            },
            Type = "Opaque",
            Data = DataOf(code),
        };
    }

    private static string KeyOf(string kind) =>
        kind switch
        {
            PairingKinds.Code => CodeKey,
            PairingKinds.Passkey => PasskeyKey,
            PairingKinds.PasskeyCode => CompareKey,
            _ => QrKey,
        };

    private static string Draw(string content)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(content, QRCodeGenerator.ECCLevel.L);
        using var drawing = new AsciiQRCode(data);
        return drawing.GetGraphicSmall() + "\n";
    }
}
