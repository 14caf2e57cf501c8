using System.Buffers.Binary;
using System.Text;
using Soket.Protocols.Dns.Records;

namespace Soket.Protocols.Dns;

/// <summary>What EDNS(0) adds to a message: an OPT record whose class and time to live mean something else (RFC 6891).</summary>
public sealed record Edns
{
    private const uint DnssecBit = 0x8000;

    /// <summary>The largest datagram the sender takes, bytes; 1232 gets through nearly everywhere in one piece.</summary>
    public ushort UdpSize { get; init; } = 1232;

    /// <summary>The upper eight bits of the response code.</summary>
    public byte ExtendedRcode { get; init; }

    /// <summary>The version; 0.</summary>
    public byte Version { get; init; }

    /// <summary>DO: signatures are wanted (RFC 3225).</summary>
    public bool Dnssec { get; init; }

    /// <summary>The options.</summary>
    public DnsList<EdnsOption> Options { get; init; } = new([]);

    /// <summary>The server's name for itself; null when it did not give one.</summary>
    public DnsBytes? Nsid => Find(EdnsOption.Nsid);

    /// <summary>The cookie: eight bytes of the client, and 8 to 32 of the server.</summary>
    public DnsBytes? Cookie => Find(EdnsOption.Cookie);

    /// <summary>The part of the client's address.</summary>
    public DnsClientSubnet? ClientSubnet => Find(EdnsOption.ClientSubnet) is { } data ? DnsClientSubnet.Read(data.Span) : null;

    /// <summary>What went wrong, in more words; there may be several.</summary>
    public IEnumerable<DnsExtendedError> ExtendedErrors =>
        from option in Options
        where option.Code == EdnsOption.ExtendedError && option.Data.Length >= 2
        select new DnsExtendedError(BinaryPrimitives.ReadUInt16BigEndian(option.Data.Span), Encoding.UTF8.GetString(option.Data.Span[2..]).TrimEnd('\0'));

    /// <summary>Reads it from its record.</summary>
    /// <param name="record">An OPT record.</param>
    public static Edns? From(DnsRecord record) => record.Data is not OptData opt ? null : new()
    {
        UdpSize = record.Class.Code,
        ExtendedRcode = (byte)(record.Ttl >> 24),
        Version = (byte)(record.Ttl >> 16),
        Dnssec = (record.Ttl & DnssecBit) != 0,
        Options = opt.Options,
    };

    /// <summary>The record it goes in.</summary>
    public DnsRecord ToRecord() =>
        new(DnsName.Root, DnsType.Opt, new(UdpSize), (uint)(ExtendedRcode << 24 | Version << 16) | (Dnssec ? DnssecBit : 0), new OptData(Options));

    private DnsBytes? Find(ushort code)
    {
        foreach (EdnsOption option in Options)
        {
            if (option.Code == code)
                return option.Data;
        }

        return null;
    }
}
