namespace WaOperator.WhatsApp.Tests.Events;

/// <summary>Events as earlier versions stored them, byte for byte.</summary>
internal static class OldRows
{
    public const string Message =
        """{"id":"3EB0AA","chat":"100000000000001@lid","chatPn":"491511111111@s.whatsapp.net","chatLid":"100000000000001@lid","sender":"100000000000001:3@lid","senderPn":"491511111111@s.whatsapp.net","senderLid":"100000000000001@lid","addressing":"lid","fromMe":false,"timestamp":1800000001,"pushName":"B\u00F6b","type":"text","edit":"1","offline":true,"text":"hi","message":"CgJoaQ=="}""";

    public const string MessageInGroup =
        """{"id":"3EB0AB","chat":"120363000000000001@g.us","sender":"491511111111:3@s.whatsapp.net","senderPn":"491511111111@s.whatsapp.net","senderLid":"100000000000001@lid","participant":"491511111111@s.whatsapp.net","addressing":"pn","fromMe":true,"timestamp":0,"message":"CgJoaQ=="}""";

    public const string Peer =
        """{"id":"3EB0AC","chat":"491511111111@s.whatsapp.net","chatPn":"491511111111@s.whatsapp.net","sender":"491511111111@s.whatsapp.net","senderPn":"491511111111@s.whatsapp.net","addressing":"pn","fromMe":true,"timestamp":1800000001,"type":"text","category":"peer","message":"YgA="}""";

    public const string Keys =
        """{"id":"3EB0AD","chat":"120363000000000001@g.us","sender":"100000000000001:3@lid","senderLid":"100000000000001@lid","participant":"100000000000001@lid","addressing":"lid","fromMe":false,"timestamp":1800000001}""";

    public const string Undecryptable =
        """{"id":"3EB0AE","chat":"491511111111@s.whatsapp.net","chatPn":"491511111111@s.whatsapp.net","sender":"491511111111@s.whatsapp.net","senderPn":"491511111111@s.whatsapp.net","addressing":"pn","fromMe":false,"timestamp":1800000001,"reason":"NoSession","error":"There is no session with the sender\u0027s device."}""";

    public const string Sent =
        """{"id":"3EB0AF","chat":"491511111111@s.whatsapp.net","timestamp":1800000002}""";

    public const string Failed =
        """{"id":"3EB0B0","chat":"491511111111@s.whatsapp.net","code":463,"error":"Locked."}""";

    public const string FailedHere =
        """{"id":"3EB0B1","chat":"491511111111@s.whatsapp.net","error":null}""";

    public const string Receipt =
        """{"receipt":"read","chat":"491511111111@s.whatsapp.net","sender":"491511111111:3@s.whatsapp.net","fromMe":false,"timestamp":1800000003,"ids":["M1","M2"]}""";

    public const string Identity = """{"device":"100000000000001:3@lid","timestamp":1800000004}""";

    public const string Group =
        """{"chat":"120363000000000001@g.us","id":"n1","actor":"100000000000001@lid","actorPn":"491511111111@s.whatsapp.net","timestamp":"1800000005","changes":[{"action":"add","reason":"invite","participants":["100000000000002@lid",null]},{"action":"subject","subject":"Trip","s_t":"1800000005","participants":[]},{"action":"description","id":"d1","participants":[],"body":"All of it"}]}""";
}
