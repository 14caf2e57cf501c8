using System.Diagnostics.CodeAnalysis;
using Soket.Protocols.Dns.Records;

namespace Soket.Protocols.Dns;

/// <summary>Which type's data is read how; a new type is a file in Records and a line here.</summary>
internal static class DnsDataTable
{
    private delegate DnsData Read(ref DnsCursor cursor);

    private static readonly Dictionary<ushort, (Read Read, Func<DnsText, DnsData> Parse)> Rows = new()
    {
        [1] = (AddressData.Read, AddressData.Parse),
        [2] = (NsData.Read, NsData.Parse),
        [5] = (CnameData.Read, CnameData.Parse),
        [6] = (SoaData.Read, SoaData.Parse),
        [12] = (PtrData.Read, PtrData.Parse),
        [13] = (HinfoData.Read, HinfoData.Parse),
        [15] = (MxData.Read, MxData.Parse),
        [16] = (TxtData.Read, TxtData.Parse),
        [28] = (Ipv6AddressData.Read, Ipv6AddressData.Parse),
        [29] = (LocData.Read, LocData.Parse),
        [33] = (SrvData.Read, SrvData.Parse),
        [35] = (NaptrData.Read, NaptrData.Parse),
        [39] = (DnameData.Read, DnameData.Parse),
        [41] = (OptData.Read, OptData.Parse),
        [43] = (DsData.Read, DsData.Parse),
        [44] = (SshfpData.Read, SshfpData.Parse),
        [46] = (RrsigData.Read, RrsigData.Parse),
        [47] = (NsecData.Read, NsecData.Parse),
        [48] = (DnskeyData.Read, DnskeyData.Parse),
        [50] = (Nsec3Data.Read, Nsec3Data.Parse),
        [51] = (Nsec3ParamData.Read, Nsec3ParamData.Parse),
        [52] = (TlsaData.Read, TlsaData.Parse),
        [64] = (SvcbData.ReadSvcb, SvcbData.ParseSvcb),
        [65] = (SvcbData.ReadHttps, SvcbData.ParseHttps),
        [257] = (CaaData.Read, CaaData.Parse),
    };

    /// <summary>Reads all that is left to the cursor.</summary>
    public static DnsData ReadData(DnsType type, ref DnsCursor cursor)
    {
        DnsData data = Rows.TryGetValue(type.Code, out (Read Read, Func<DnsText, DnsData> Parse) row) ? row.Read(ref cursor) : UnknownData.Read(type, ref cursor);
        if (cursor.Left > 0)
            cursor.Fail(DnsFault.DataLength);
        return data;
    }

    public static bool TryParse(DnsType type, DnsText text, [NotNullWhen(true)] out DnsData? data)
    {
        data = null;
        if (text is { Peek: "\\#", PeekQuoted: false })
        {
            // RFC 3597 5: any type's data may be given as bytes, which then are that type's.
            text.Word();
            int length = text.U16();
            DnsBytes bytes = text.HexRest();
            if (text.Failed || bytes.Length != length)
                return false;
            var cursor = new DnsCursor(bytes.Span, 0, bytes.Length) { InData = true };
            data = ReadData(type, ref cursor);
            return !cursor.Failed;
        }

        if (!Rows.TryGetValue(type.Code, out (Read Read, Func<DnsText, DnsData> Parse) row))
            return false;
        data = row.Parse(text);
        return !text.Failed && text.AtEnd;
    }
}
