using System.Globalization;
using System.Text;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Import;

/// <summary>Provisional.</summary>
internal sealed record KeyHolders(uint KeyId, IReadOnlySet<Jid> Devices)
{
    public byte[] Serialize() =>
        Encoding.UTF8.GetBytes(
            string.Join(
                ' ',
                Devices
                    .Select(d => d.ToString())
                    .Prepend(KeyId.ToString(CultureInfo.InvariantCulture))
            )
        );
}
