using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Soket.Protocols.Dns.Records;

/// <summary>A parameter of SVCB or HTTPS (RFC 9460 2.2).</summary>
/// <param name="Key">Its number.</param>
/// <param name="Value">Its value as bytes.</param>
public readonly record struct SvcParameter(ushort Key, DnsBytes Value);

/// <summary>Where and how a service is offered: SVCB, and HTTPS for web servers (RFC 9460).</summary>
/// <param name="OfType">SVCB or HTTPS.</param>
/// <param name="Priority">0: the target is another name for this one; otherwise the lowest is tried first.</param>
/// <param name="Target">The host; the root stands for the record's own name.</param>
/// <param name="Parameters">How, in the order of their keys.</param>
public sealed record SvcbData(DnsType OfType, ushort Priority, DnsName Target, DnsList<SvcParameter> Parameters) : DnsData
{
    private static readonly string[] Keys = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"];

    /// <inheritdoc/>
    public override DnsType Type => OfType;

    internal static DnsData ReadSvcb(ref DnsCursor cursor) => Read(new(64), ref cursor);

    internal static DnsData ReadHttps(ref DnsCursor cursor) => Read(new(65), ref cursor);

    internal static DnsData ParseSvcb(DnsText text) => Parse(new(64), text);

    internal static DnsData ParseHttps(DnsText text) => Parse(new(65), text);

    private static SvcbData Read(DnsType type, ref DnsCursor cursor)
    {
        ushort priority = cursor.U16("svcb.priority");
        DnsName target = cursor.Name("svcb.target");
        var parameters = new List<SvcParameter>();
        int last = -1;
        while (cursor.Left > 0)
        {
            int at = cursor.At;
            var parameter = new SvcParameter(cursor.U16("svcb.key"), cursor.Bytes(cursor.U16("svcb.length"), "svcb.value"));
            if (parameter.Key <= last || !IsSound(parameter))
                cursor.Fail(DnsFault.DataValue, at);
            last = parameter.Key;
            parameters.Add(parameter);
        }

        return new(type, priority, target, new(parameters));
    }

    internal override void Write(DnsWriter writer)
    {
        writer.U16(Priority);
        writer.WholeName(Target);
        foreach (SvcParameter parameter in Parameters)
        {
            writer.U16(parameter.Key);
            writer.U16(parameter.Value.Length);
            writer.Bytes(parameter.Value.Span);
        }
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Priority} {Target}") + string.Concat(Parameters.Select(parameter => " " + Present(parameter)));

    private static string KeyName(int key) => key < Keys.Length ? Keys[key] : string.Create(CultureInfo.InvariantCulture, $"key{key}");

    private static bool TryKey(string name, out ushort key)
    {
        int known = Array.IndexOf(Keys, name);
        key = (ushort)Math.Max(known, 0);
        return known >= 0 || (name.StartsWith("key", StringComparison.Ordinal) && ushort.TryParse(name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out key));
    }

    private static bool IsSound(SvcParameter parameter)
    {
        int length = parameter.Value.Length;
        return parameter.Key switch
        {
            0 => length > 0 && length % 2 == 0,
            1 => length > 0 && AlpnIsSound(parameter.Value.Span),
            2 => length == 0,
            3 => length == 2,
            4 => length > 0 && length % 4 == 0,
            6 => length > 0 && length % 16 == 0,
            _ => true,
        };
    }

    private static bool AlpnIsSound(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0)
        {
            if (value[0] == 0 || value[0] >= value.Length)
                return false;
            value = value[(1 + value[0])..];
        }

        return true;
    }

    private static string Present(SvcParameter parameter)
    {
        ReadOnlySpan<byte> value = parameter.Value.Span;
        string name = KeyName(parameter.Key);
        switch (parameter.Key)
        {
            case 0:
                var keys = new List<string>();
                for (int i = 0; i < value.Length; i += 2)
                    keys.Add(KeyName(value[i] << 8 | value[i + 1]));
                return $"{name}={string.Join(',', keys)}";
            case 1:
                var list = new List<byte>();
                for (; value.Length > 0; value = value[(1 + value[0])..])
                {
                    if (list.Count > 0)
                        list.Add((byte)',');
                    foreach (byte b in value.Slice(1, value[0]))
                    {
                        if (b is (byte)',' or (byte)'\\')
                            list.Add((byte)'\\');
                        list.Add(b);
                    }
                }

                return $"{name}={DnsText.Quote(list.ToArray())}";
            case 2:
                return name;
            case 3:
                return string.Create(CultureInfo.InvariantCulture, $"{name}={value[0] << 8 | value[1]}");
            case 4 or 6:
                int size = parameter.Key == 4 ? 4 : 16;
                var addresses = new List<string>();
                for (; value.Length > 0; value = value[size..])
                    addresses.Add(new IPAddress(value[..size]).ToString());
                return $"{name}={string.Join(',', addresses)}";
            case 5:
                return $"{name}={Convert.ToBase64String(value)}";
            default:
                return value.Length == 0 ? name : $"{name}={DnsText.Quote(value)}";
        }
    }

    private static SvcbData Parse(DnsType type, DnsText text)
    {
        ushort priority = text.U16();
        DnsName target = text.Name();
        var parameters = new SortedDictionary<ushort, SvcParameter>();
        while (!text.AtEnd && !text.Failed)
        {
            string word = text.Word();
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (!TryKey(equals < 0 ? word : word[..equals], out ushort key))
                return text.Fail(new SvcbData(type, priority, target, new([])));
            var parameter = new SvcParameter(key, new(Value(key, equals < 0 ? "" : word[(equals + 1)..], text)));
            if (!IsSound(parameter) || !parameters.TryAdd(key, parameter))
                text.Fail(0);
        }

        return new(type, priority, target, new([.. parameters.Values]));
    }

    private static byte[] Value(ushort key, string value, DnsText text)
    {
        var bytes = new List<byte>();
        switch (key)
        {
            case 0:
                foreach (ushort one in value.Split(',').Select(name => TryKey(name, out ushort known) ? known : text.Fail((ushort)0)).Order())
                    bytes.AddRange([(byte)(one >> 8), (byte)one]);
                break;
            case 1:
                foreach (byte[] id in Split(text.Bytes(value).Span))
                {
                    if (id.Length is 0 or > 255)
                        text.Fail(0);
                    bytes.Add((byte)id.Length);
                    bytes.AddRange(id);
                }

                break;
            case 3:
                ushort port = ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) ? number : text.Fail((ushort)0);
                bytes.AddRange([(byte)(port >> 8), (byte)port]);
                break;
            case 4 or 6:
                foreach (string one in value.Split(','))
                    bytes.AddRange(IPAddress.TryParse(one, out IPAddress? address) && address.AddressFamily == (key == 4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6) ? address.GetAddressBytes() : text.Fail(Array.Empty<byte>()));
                break;
            case 5:
                return text.Base64(value).Span.ToArray();
            default:
                return text.Bytes(value).Span.ToArray();
        }

        return [.. bytes];
    }

    // RFC 9460 A.1: a comma parts, and one behind a backslash does not.
    private static List<byte[]> Split(ReadOnlySpan<byte> value)
    {
        var list = new List<byte[]>();
        var one = new List<byte>();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == ',')
            {
                list.Add([.. one]);
                one.Clear();
                continue;
            }

            if (value[i] == '\\' && i + 1 < value.Length)
                i++;
            one.Add(value[i]);
        }

        list.Add([.. one]);
        return list;
    }
}
