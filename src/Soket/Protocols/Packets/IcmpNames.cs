using System.Globalization;

namespace Soket.Protocols.Packets;

// The names of ICMP's types and codes, in the words of their RFCs; not translated, as no error code is.
internal static class IcmpNames
{
    public const byte EchoReply = 0, Unreachable = 3, Quench = 4, Redirect = 5, Echo = 8, TimeExceeded = 11, ParameterProblem = 12;
    public const byte Timestamp = 13, TimestampReply = 14, Information = 15, InformationReply = 16, Mask = 17, MaskReply = 18;
    public const byte Unreachable6 = 1, TooBig6 = 2, TimeExceeded6 = 3, ParameterProblem6 = 4, Echo6 = 128, EchoReply6 = 129;
    public const byte NeighbourSolicitation = 135, NeighbourAdvertisement = 136, Redirect6 = 137;

    public static string Type(bool version6, byte type) => version6 ? Type6(type) : Type4(type);

    // Empty where the type has but one code.
    public static string Code(bool version6, byte type, byte code) => version6 ? Code6(type, code) : Code4(type, code);

    private static string Type4(byte type) => type switch
    {
        EchoReply => "echo reply",
        Unreachable => "destination unreachable",
        Quench => "source quench",
        Redirect => "redirect",
        Echo => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        TimeExceeded => "time exceeded",
        ParameterProblem => "parameter problem",
        Timestamp => "timestamp request",
        TimestampReply => "timestamp reply",
        Information => "information request",
        InformationReply => "information reply",
        Mask => "address mask request",
        MaskReply => "address mask reply",
        30 => "traceroute",
        42 => "extended echo request",
        43 => "extended echo reply",
        _ => Number("type", type),
    };

    private static string Type6(byte type) => type switch
    {
        Unreachable6 => "destination unreachable",
        TooBig6 => "packet too big",
        TimeExceeded6 => "time exceeded",
        ParameterProblem6 => "parameter problem",
        Echo6 => "echo request",
        EchoReply6 => "echo reply",
        130 => "multicast listener query",
        131 => "multicast listener report",
        132 => "multicast listener done",
        133 => "router solicitation",
        134 => "router advertisement",
        NeighbourSolicitation => "neighbor solicitation",
        NeighbourAdvertisement => "neighbor advertisement",
        Redirect6 => "redirect",
        143 => "multicast listener report v2",
        160 => "extended echo request",
        161 => "extended echo reply",
        _ => Number("type", type),
    };

    // RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.
    private static string Code4(byte type, byte code) => (type, code) switch
    {
        (Unreachable, 0) => "network unreachable",
        (Unreachable, 1) => "host unreachable",
        (Unreachable, 2) => "protocol unreachable",
        (Unreachable, 3) => "port unreachable",
        (Unreachable, 4) => "fragmentation needed",
        (Unreachable, 5) => "source route failed",
        (Unreachable, 6) => "network unknown",
        (Unreachable, 7) => "host unknown",
        (Unreachable, 8) => "source host isolated",
        (Unreachable, 9) => "network administratively prohibited",
        (Unreachable, 10) => "host administratively prohibited",
        (Unreachable, 11) => "network unreachable for this type of service",
        (Unreachable, 12) => "host unreachable for this type of service",
        (Unreachable, 13) => "communication administratively prohibited",
        (Unreachable, 14) => "host precedence violation",
        (Unreachable, 15) => "precedence cutoff in effect",
        (Redirect, 0) => "redirect for the network",
        (Redirect, 1) => "redirect for the host",
        (Redirect, 2) => "redirect for the type of service and network",
        (Redirect, 3) => "redirect for the type of service and host",
        (TimeExceeded, 0) => "time to live exceeded in transit",
        (TimeExceeded, 1) => "fragment reassembly time exceeded",
        (ParameterProblem, 0) => "pointer indicates the error",
        (ParameterProblem, 1) => "missing a required option",
        (ParameterProblem, 2) => "bad length",
        _ => code == 0 ? "" : Number("code", code),
    };

    // RFC 4443 3, RFC 7112, RFC 8200 4.4, RFC 8883.
    private static string Code6(byte type, byte code) => (type, code) switch
    {
        (Unreachable6, 0) => "no route to destination",
        (Unreachable6, 1) => "communication administratively prohibited",
        (Unreachable6, 2) => "beyond scope of source address",
        (Unreachable6, 3) => "address unreachable",
        (Unreachable6, 4) => "port unreachable",
        (Unreachable6, 5) => "source address failed ingress/egress policy",
        (Unreachable6, 6) => "reject route to destination",
        (TimeExceeded6, 0) => "hop limit exceeded in transit",
        (TimeExceeded6, 1) => "fragment reassembly time exceeded",
        (ParameterProblem6, 0) => "erroneous header field",
        (ParameterProblem6, 1) => "unrecognized next header type",
        (ParameterProblem6, 2) => "unrecognized IPv6 option",
        (ParameterProblem6, 3) => "IPv6 first fragment has incomplete IPv6 header chain",
        _ => code == 0 ? "" : Number("code", code),
    };

    private static string Number(string what, byte value) => string.Create(CultureInfo.InvariantCulture, $"{what} {value}");
}
