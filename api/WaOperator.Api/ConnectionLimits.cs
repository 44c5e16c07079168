using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WaOperator.Api;

/// <summary>
/// How many connections a port holds, in all and of one remote address (of IPv6 its /64). One too many is closed before anything is
/// read from it.
/// </summary>
/// <param name="most">In all.</param>
/// <param name="perAddress">Of one address.</param>
internal sealed class ConnectionLimits(int most, int perAddress)
{
    private readonly ConcurrentDictionary<UInt128, int> _held = new();
    private int _all;

    /// <summary>Limits a port.</summary>
    public void Use(ListenOptions listen) =>
        listen.Use(next =>
            async connection =>
            {
                var key = KeyOf((connection.RemoteEndPoint as IPEndPoint)?.Address);
                if (!TryEnter(key))
                {
                    connection.Abort();
                    return;
                }
                try
                {
                    await next(connection);
                }
                finally
                {
                    Leave(key);
                }
            }
        );

    /// <summary>Takes a place; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter(UInt128 key)
    {
        if (Interlocked.Increment(ref _all) > most)
        {
            Interlocked.Decrement(ref _all);
            return false;
        }
        if (_held.AddOrUpdate(key, 1, (_, n) => n + 1) <= perAddress)
            return true;
        Leave(key);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(UInt128 key)
    {
        Interlocked.Decrement(ref _all);
        if (_held.AddOrUpdate(key, 0, (_, n) => n - 1) <= 0)
            _held.TryRemove(new(key, 0));
    }

    /// <summary>Under what an address is counted.</summary>
    public static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null)
            return 0;
        var whole = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(
            address.MapToIPv6().GetAddressBytes()
        );
        return address.IsIPv4MappedToIPv6 || address.GetAddressBytes().Length == 4
            ? whole
            : whole >> 64 << 64;
    }
}
