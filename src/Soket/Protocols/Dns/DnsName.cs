using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Soket.Protocols.Dns;

/// <summary>A domain name, whole: its labels as bytes, compared without regard to the case of ASCII letters (RFC 4343).</summary>
public sealed class DnsName : IEquatable<DnsName>
{
    /// <summary>The longest name on the wire, bytes, its last zero included (RFC 1035 3.1).</summary>
    public const int MaxLength = 255;

    /// <summary>The longest label, bytes.</summary>
    public const int MaxLabel = 63;

    private readonly byte[] _wire;

    private DnsName(byte[] wire) => _wire = wire;

    /// <summary>The root: the name without labels.</summary>
    public static DnsName Root { get; } = new([0]);

    /// <summary>The name as it goes over the wire, without compression.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    /// <summary>How many labels it has, the root's not counted.</summary>
    public int Labels
    {
        get
        {
            int count = 0;
            for (int at = 0; _wire[at] != 0; at += 1 + _wire[at])
                count++;
            return count;
        }
    }

    /// <summary>The name without its first label; the root's is the root.</summary>
    public DnsName Parent => _wire[0] == 0 ? this : new(_wire[(1 + _wire[0])..]);

    /// <summary>
    /// Reads a name in presentation form (RFC 1035 5.1): <c>\.</c> and <c>\032</c> are escapes. A label with letters beyond ASCII is an
    /// internationalised one and becomes its <c>xn--</c> form (RFC 5891).
    /// </summary>
    /// <param name="text">The text, its final dot left out or not.</param>
    /// <param name="name">The name.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out DnsName? name, out DnsFault fault) => TryParse(text, null, out name, out fault);

    /// <summary>Reads a name in presentation form.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is no name.</exception>
    public static DnsName Parse(string text) => TryParse(text, out DnsName? name, out DnsFault fault) ? name : throw new FormatException($"'{text}' is no domain name: {fault}.");

    internal static bool TryParse(ReadOnlySpan<char> text, DnsName? origin, [NotNullWhen(true)] out DnsName? name, out DnsFault fault)
    {
        name = null;
        fault = DnsFault.LabelLength;
        if (text is ".")
        {
            name = Root;
            return true;
        }

        Span<byte> wire = stackalloc byte[MaxLength];
        int length = 0;
        while (true)
        {
            int dot = DnsNameText.LabelEnd(text);
            ReadOnlySpan<char> label = dot < 0 ? text : text[..dot];
            if (!DnsNameText.TryLabel(label, wire[length..], out int written, out fault))
                return false;
            length += written;
            bool final = dot == text.Length - 1;
            if (dot >= 0 && !final)
            {
                text = text[(dot + 1)..];
                continue;
            }

            ReadOnlySpan<byte> rest = final || origin is null ? [0] : origin.Wire;
            if (length + rest.Length > MaxLength)
            {
                fault = DnsFault.NameTooLong;
                return false;
            }

            rest.CopyTo(wire[length..]);
            name = new(wire[..(length + rest.Length)].ToArray());
            fault = DnsFault.None;
            return true;
        }
    }

    internal static DnsName FromWire(ReadOnlySpan<byte> wire) => wire.Length == 1 ? Root : new(wire.ToArray());

    /// <summary>The name under which an address is looked up backwards: <c>1.2.0.192.in-addr.arpa.</c> (RFC 1035 3.5, RFC 3596 2.5).</summary>
    /// <param name="address">The address.</param>
    public static DnsName Reverse(System.Net.IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        var text = new StringBuilder();
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes.Length == 4)
                text.Append(bytes[i]).Append('.');
            else
                text.Append(Convert.ToHexStringLower([bytes[i]])[1]).Append('.').Append(Convert.ToHexStringLower([bytes[i]])[0]).Append('.');
        }

        return Parse(text + (bytes.Length == 4 ? "in-addr.arpa." : "ip6.arpa."));
    }

    /// <summary>Whether it stands at or below another name.</summary>
    /// <param name="other">The other.</param>
    public bool IsUnder(DnsName other)
    {
        DnsName name = this;
        for (int above = Labels - other.Labels; above > 0; above--)
            name = name.Parent;
        return name.Equals(other);
    }

    /// <summary>This name in front of another one; null where that is too long.</summary>
    /// <param name="suffix">The other one.</param>
    public DnsName? Before(DnsName suffix) =>
        _wire.Length - 1 + suffix._wire.Length > MaxLength ? null : new([.. _wire.AsSpan(0, _wire.Length - 1), .. suffix._wire]);

    internal static bool Same(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;
        for (int i = 0; i < left.Length; i++)
        {
            // A length byte is below 64 and no letter.
            if (left[i] != right[i] && Lower(left[i]) != Lower(right[i]))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Equals(DnsName? other) => other is not null && Same(_wire, other._wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DnsName);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        Span<byte> lower = stackalloc byte[MaxLength];
        for (int i = 0; i < _wire.Length; i++)
            lower[i] = Lower(_wire[i]);
        var hash = new HashCode();
        hash.AddBytes(lower[.._wire.Length]);
        return hash.ToHashCode();
    }

    /// <summary>In presentation form, with its final dot.</summary>
    public override string ToString()
    {
        if (_wire.Length == 1)
            return ".";
        var text = new StringBuilder(_wire.Length);
        for (int at = 0; _wire[at] != 0; at += 1 + _wire[at])
            DnsNameText.Write(text, _wire.AsSpan(at + 1, _wire[at])).Append('.');
        return text.ToString();
    }

    /// <summary>In presentation form, with internationalised labels as people read them.</summary>
    public string ToUnicode()
    {
        if (_wire.Length == 1)
            return ".";
        var text = new StringBuilder(_wire.Length);
        for (int at = 0; _wire[at] != 0; at += 1 + _wire[at])
        {
            ReadOnlySpan<byte> label = _wire.AsSpan(at + 1, _wire[at]);
            if (DnsNameText.Unicode(label) is { } unicode)
                text.Append(unicode);
            else
                DnsNameText.Write(text, label);
            text.Append('.');
        }

        return text.ToString();
    }

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
