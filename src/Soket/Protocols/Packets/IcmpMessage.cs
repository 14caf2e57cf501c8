using System.Net;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Soket.Protocols.Packets;

/// <summary>An ICMP message (RFC 792) or an ICMPv6 one (RFC 4443): errors with the packet they are about, echoes, and whom neighbours ask for.</summary>
public readonly record struct IcmpMessage
{
    /// <summary>The bytes before what it carries: a quoted packet, or the data of an echo.</summary>
    public const int HeaderLength = 8;

    /// <summary>Whether it is ICMPv6, which has its own types.</summary>
    public bool Version6 { get; init; }

    /// <summary>What it is.</summary>
    public byte Type { get; init; }

    /// <summary>What it is more exactly; its meaning depends on the type.</summary>
    public byte Code { get; init; }

    /// <summary>The checksum.</summary>
    public ushort Checksum { get; init; }

    /// <summary>What an echo and its reply share; null for other types.</summary>
    public ushort? Id { get; init; }

    /// <summary>The number of an echo; null for other types.</summary>
    public ushort? Sequence { get; init; }

    /// <summary>The largest packet the next link takes, bytes: "fragmentation needed" (RFC 1191) and "packet too big". 0 came from routers that do not tell.</summary>
    public uint? Mtu { get; init; }

    /// <summary>The byte of the quoted packet that is wrong, for "parameter problem".</summary>
    public uint? Pointer { get; init; }

    /// <summary>The better router of a redirect; the neighbour asked for or told of, in ICMPv6 (RFC 4861 4.3 to 4.5).</summary>
    public IPAddress? Target { get; init; }

    /// <summary>The packet that an error is about; null for what is no error, and where it could not be read.</summary>
    public IcmpQuote? Quote { get; init; }

    /// <summary>The type in the words of its RFC: <c>destination unreachable</c>; its number where it has no name here.</summary>
    public string TypeName => IcmpNames.Type(Version6, Type);

    /// <summary>The code in the words of its RFC: <c>port unreachable</c>; empty where it says nothing beyond the type.</summary>
    public string CodeName => IcmpNames.Code(Version6, Type, Code);

    /// <summary>Whether it says that a packet did not get where it should, or should go elsewhere.</summary>
    public bool IsError => Version6
        ? Type is >= IcmpNames.Unreachable6 and <= IcmpNames.ParameterProblem6
        : Type is IcmpNames.Unreachable or IcmpNames.Quench or IcmpNames.Redirect or IcmpNames.TimeExceeded or IcmpNames.ParameterProblem;

    /// <summary>Whether it is an echo request or its reply.</summary>
    public bool IsEcho => Version6 ? Type is IcmpNames.Echo6 or IcmpNames.EchoReply6 : Type is IcmpNames.Echo or IcmpNames.EchoReply;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The message from its first byte to its last.</param>
    /// <param name="version6">Whether it came in IPv6.</param>
    /// <param name="message">The message.</param>
    /// <param name="problem">What is wrong with it. <see cref="PacketProblem.Truncated"/> beside a message: it ends in the middle of what it says.</param>
    /// <returns>Whether type, code and checksum are there.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, bool version6, out IcmpMessage message, out PacketProblem problem)
    {
        message = default;
        problem = bytes.Length < HeaderLength ? PacketProblem.Truncated : PacketProblem.None;
        if (bytes.Length < 4)
            return false;
        message = new() { Version6 = version6, Type = bytes[0], Code = bytes[1], Checksum = ReadUInt16BigEndian(bytes[2..]) };
        if (bytes.Length >= HeaderLength)
            message = version6 ? message.Rest6(bytes, ref problem) : message.Rest4(bytes);
        if (message.IsError && message.Quote is null)
            problem = PacketProblem.Truncated;
        return true;
    }

    private IcmpMessage Rest4(ReadOnlySpan<byte> bytes)
    {
        if (Type is IcmpNames.Echo or IcmpNames.EchoReply or (>= IcmpNames.Timestamp and <= IcmpNames.MaskReply))
            return this with { Id = ReadUInt16BigEndian(bytes[4..]), Sequence = ReadUInt16BigEndian(bytes[6..]) };
        if (!IsError)
            return this;
        return this with
        {
            Mtu = (Type, Code) == (IcmpNames.Unreachable, 4) ? ReadUInt16BigEndian(bytes[6..]) : null,
            Pointer = (Type, Code) == (IcmpNames.ParameterProblem, 0) ? bytes[4] : null,
            Target = Type == IcmpNames.Redirect ? new(bytes[4..8]) : null,
            Quote = IcmpQuote.Parse(bytes[HeaderLength..]),
        };
    }

    private IcmpMessage Rest6(ReadOnlySpan<byte> bytes, ref PacketProblem problem)
    {
        if (IsEcho)
            return this with { Id = ReadUInt16BigEndian(bytes[4..]), Sequence = ReadUInt16BigEndian(bytes[6..]) };
        if (Type is IcmpNames.NeighbourSolicitation or IcmpNames.NeighbourAdvertisement or IcmpNames.Redirect6)
        {
            if (bytes.Length >= HeaderLength + 16)
                return this with { Target = new(bytes[HeaderLength..(HeaderLength + 16)]) };
            problem = PacketProblem.Truncated;
            return this;
        }

        if (!IsError)
            return this;
        return this with
        {
            Mtu = Type == IcmpNames.TooBig6 ? ReadUInt32BigEndian(bytes[4..]) : null,
            Pointer = Type == IcmpNames.ParameterProblem6 ? ReadUInt32BigEndian(bytes[4..]) : null,
            Quote = IcmpQuote.Parse(bytes[HeaderLength..]),
        };
    }
}
