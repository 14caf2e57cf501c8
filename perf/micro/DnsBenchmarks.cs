using System.Net;
using BenchmarkDotNet.Attributes;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Perf.Micro;

/// <summary>A reply with an alias and two addresses.</summary>
public class DnsBenchmarks
{
    private readonly DnsName _host = DnsName.Parse("web.example.com");
    private DnsMessage _reply = null!;
    private byte[] _bytes = [];

    [GlobalSetup]
    public void Prepare()
    {
        DnsName name = DnsName.Parse("www.example.com");
        _reply = new DnsMessage
        {
            Id = 0xBEEF,
            Flags = DnsHeaderBits.Response | DnsHeaderBits.RecursionDesired | DnsHeaderBits.RecursionAvailable,
            Questions = [new(name, DnsType.A, DnsClass.In)],
            Answers =
            [
                new(name, DnsType.Cname, DnsClass.In, 300, new CnameData(_host)),
                new(_host, DnsType.A, DnsClass.In, 300, new AddressData(IPAddress.Parse("192.0.2.1"))),
                new(_host, DnsType.A, DnsClass.In, 300, new AddressData(IPAddress.Parse("192.0.2.2"))),
            ],
            Edns = new(),
        };
        _bytes = _reply.ToBytes();
        Check.That(ReadInPlace() == 2, "the addresses found");
        Check.That(ReadWhole()?.Answers.Count == 3, "the records read");
        Check.That(Write().AsSpan().SequenceEqual(_bytes), "the bytes written");
    }

    [Benchmark]
    public int ReadInPlace()
    {
        var reader = new DnsReader(_bytes);
        int found = 0;
        while (reader.TryReadRecord(out DnsRecordView record))
            found += record.Type == DnsType.A && record.Name.Is(_host) ? 1 : 0;
        return found;
    }

    [Benchmark]
    public DnsMessage? ReadWhole() => DnsMessage.TryParse(_bytes, out DnsMessage? read, out _) ? read : null;

    [Benchmark]
    public byte[] Write() => _reply.ToBytes();
}
