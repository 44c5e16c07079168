using Google.Protobuf;

namespace WaOperator.WhatsApp.Proto;

/// <summary>What Google.Protobuf throws for bytes that are not a message of the expected type.</summary>
internal static class ProtobufFault
{
    /// <summary>
    /// Whether the bytes are at fault. Beside the documented exception that is an IndexOutOfRangeException: a nested length near
    /// 2^31 overflows its arithmetic (Google.Protobuf 3.25).
    /// </summary>
    public static bool Is(Exception e) =>
        e is InvalidProtocolBufferException or IndexOutOfRangeException;
}
