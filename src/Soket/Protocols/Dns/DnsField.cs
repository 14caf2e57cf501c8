namespace Soket.Protocols.Dns;

/// <summary>A field of a message: which bytes, and what they say.</summary>
/// <param name="Offset">Where it begins, from 0.</param>
/// <param name="Length">How many bytes; 0 for what is said of the place alone.</param>
/// <param name="Name">Its name as a stable key: <c>id</c>, <c>qdcount</c>, <c>type</c>, <c>mx.preference</c>.</param>
/// <param name="Value">What it says, in the field's own notation: a number, a name, <c>MX</c>.</param>
/// <param name="Section">Where it stands.</param>
/// <param name="Record">Which record of its section, from 0.</param>
public sealed record DnsField(int Offset, int Length, string Name, string Value, DnsSection Section, int Record)
{
    /// <summary>The place a compression pointer in it leads to; null without one.</summary>
    public int? Pointer { get; init; }
}

/// <summary>The parts of a message.</summary>
public enum DnsSection
{
    /// <summary>The first twelve bytes.</summary>
    Header,

    /// <summary>What is asked.</summary>
    Question,

    /// <summary>What is answered.</summary>
    Answer,

    /// <summary>Who can tell, or why there is nothing.</summary>
    Authority,

    /// <summary>What may be of use: the name servers' addresses, EDNS.</summary>
    Additional,
}
