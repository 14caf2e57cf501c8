using System.Globalization;

namespace Soket.Protocols.Dns;

/// <summary>A question (RFC 1035 4.1.2).</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The type asked for.</param>
/// <param name="Class">The class.</param>
public sealed record DnsQuestion(DnsName Name, DnsType Type, DnsClass Class)
{
    /// <summary>As a zone file would begin it: <c>example.com. IN A</c>.</summary>
    public override string ToString() => $"{Name} {Class} {Type}";
}

/// <summary>A record (RFC 1035 4.1.3).</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Type">Its type.</param>
/// <param name="Class">Its class.</param>
/// <param name="Ttl">How long it may be kept, seconds.</param>
/// <param name="Data">What it says.</param>
public sealed record DnsRecord(DnsName Name, DnsType Type, DnsClass Class, uint Ttl, DnsData Data)
{
    /// <summary>As a zone file has it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Ttl} {Class} {Type} {Data}");
}
