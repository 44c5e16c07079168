using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;
using AppVersion = WaOperator.WhatsApp.Proto.ClientPayload.Types.UserAgent.Types.AppVersion;
using UserAgent = WaOperator.WhatsApp.Proto.ClientPayload.Types.UserAgent;
using WebInfo = WaOperator.WhatsApp.Proto.ClientPayload.Types.WebInfo;

namespace WaOperator.WhatsApp.Login;

/// <summary>What the client says of itself at the end of the handshake: a registration before pairing, a login after it. Pure.</summary>
internal static class Payloads
{
    public static ClientPayload For(
        DeviceCredentials credentials,
        DeviceOptions device,
        Version version
    ) =>
        credentials.IsPaired
            ? Login(credentials, device, version)
            : Registration(credentials, device, version);

    private static ClientPayload Login(
        DeviceCredentials credentials,
        DeviceOptions device,
        Version version
    )
    {
        var me = credentials.Me!.Value;
        var payload = Common(device, version);
        payload.Passive = true;
        payload.Pull = true;
        payload.Username = ulong.Parse(me.User, NumberStyles.None, CultureInfo.InvariantCulture);
        payload.Device = me.Device;
        payload.LidDbMigrated = false;
        return payload;
    }

    private static ClientPayload Registration(
        DeviceCredentials credentials,
        DeviceOptions device,
        Version version
    )
    {
        var payload = Common(device, version);
        payload.Passive = false;
        payload.Pull = false;
        payload.DevicePairingData = new()
        {
            ERegid = BigEndian((uint)credentials.RegistrationId, 4),
            EKeytype = ByteString.CopyFrom(SignedPreKey.KeyType),
            EIdent = ByteString.CopyFrom(credentials.IdentityKey.Public),
            ESkeyId = BigEndian(credentials.SignedPreKey.Id, 3),
            ESkeyVal = ByteString.CopyFrom(credentials.SignedPreKey.Key.Public),
            ESkeySig = ByteString.CopyFrom(credentials.SignedPreKey.Signature),
            BuildHash = BuildHash(version),
            DeviceProps = Props(device).ToByteString(),
        };
        return payload;
    }

    private static ClientPayload Common(DeviceOptions device, Version version) =>
        new()
        {
            ConnectType = ClientPayload.Types.ConnectType.WifiUnknown,
            ConnectReason = ClientPayload.Types.ConnectReason.UserActivated,
            UserAgent = new()
            {
                Platform = UserAgent.Types.Platform.Web,
                ReleaseChannel = UserAgent.Types.ReleaseChannel.Release,
                AppVersion = new AppVersion
                {
                    Primary = (uint)version.Major,
                    Secondary = (uint)version.Minor,
                    Tertiary = (uint)version.Build,
                },
                Mcc = "000",
                Mnc = "000",
                OsVersion = "0.1",
                OsBuildNumber = "0.1",
                Device = "Desktop",
                LocaleLanguageIso6391 = "en",
                LocaleCountryIso31661Alpha2 = device.Country,
            },
            WebInfo = new() { WebSubPlatform = WebInfo.Types.WebSubPlatform.WebBrowser },
        };

    private static DeviceProps Props(DeviceOptions device)
    {
        var props = new DeviceProps
        {
            Os = device.Name,
            PlatformType = DeviceProps.Types.PlatformType.Chrome,
            RequireFullSync = device.History == HistoryDepth.Full,
            Version = new()
            {
                Primary = 10,
                Secondary = 15,
                Tertiary = 7,
            },
            HistorySyncConfig = new()
            {
                StorageQuotaMb = 10240,
                InlineInitialPayloadInE2EeMsg = true,
                SupportCallLogHistory = false,
                SupportBotUserAgentChatHistory = true,
                SupportCagReactionsAndPolls = true,
                SupportBizHostedMsg = true,
                SupportRecentSyncChunkMessageCountTuning = true,
                SupportHostedGroupMsg = true,
                SupportMessageAssociation = true,
                SupportGroupHistory = false,
            },
        };
        if (device.History != HistoryDepth.None)
            props.HistorySyncConfig.OnDemandReady = true;
        if (device.History == HistoryDepth.Full)
            props.HistorySyncConfig.FullSyncDaysLimit = FullDays;
        return props;
    }

    /// <summary>Ten years: no phone has more.</summary>
    private const uint FullDays = 3650;

    /// <summary>The wire wants the MD5 of the version's text; nothing rests on its strength.</summary>
#pragma warning disable CA5351
    private static ByteString BuildHash(Version version) =>
        ByteString.CopyFrom(
            MD5.HashData(
                Encoding.ASCII.GetBytes($"{version.Major}.{version.Minor}.{version.Build}")
            )
        );
#pragma warning restore CA5351

    private static ByteString BigEndian(uint value, int size)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return ByteString.CopyFrom(bytes[^size..]);
    }
}
