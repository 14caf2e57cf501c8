// What reading and writing a DNS message costs: nanoseconds and allocated bytes a message. The answer is checked before its time counts.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

const int Rounds = 7, Messages = 500_000;
DnsName name = DnsName.Parse("www.example.com"), host = DnsName.Parse("web.example.com");
var reply = new DnsMessage
{
    Id = 0xBEEF,
    Flags = DnsHeaderBits.Response | DnsHeaderBits.RecursionDesired | DnsHeaderBits.RecursionAvailable,
    Questions = [new(name, DnsType.A, DnsClass.In)],
    Answers =
    [
        new(name, DnsType.Cname, DnsClass.In, 300, new CnameData(host)),
        new(host, DnsType.A, DnsClass.In, 300, new AddressData(IPAddress.Parse("192.0.2.1"))),
        new(host, DnsType.A, DnsClass.In, 300, new AddressData(IPAddress.Parse("192.0.2.2"))),
    ],
    Edns = new(),
};
byte[] bytes = reply.ToBytes();

Measure("read in place, answers found", () => Scan(bytes, host) == 2 ? 1 : throw new InvalidOperationException("The answers were not found."));
Measure("read whole, as records", () => DnsMessage.TryParse(bytes, out DnsMessage? read, out _) && read.Answers.Count == 3 ? 1 : throw new InvalidOperationException("It was not read."));
Measure("written, names compressed", () => reply.ToBytes().AsSpan().SequenceEqual(bytes) ? 1 : throw new InvalidOperationException("Other bytes were written."));

// How many addresses the name has, without an object made.
static int Scan(ReadOnlySpan<byte> message, DnsName wanted)
{
    var reader = new DnsReader(message);
    int found = 0;
    while (reader.TryReadRecord(out DnsRecordView record))
        found += record.Type == DnsType.A && record.Name.Is(wanted) && record.Data.Length == 4 ? 1 : 0;
    return reader.Error.Fault == DnsFault.None ? found : -1;
}

static void Measure(string what, Func<int> once)
{
    var times = new List<double>();
    long allocated = 0;
    for (int round = 0; round <= Rounds; round++)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp(), sum = 0;
        for (int i = 0; i < Messages; i++)
            sum += once();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (sum != Messages)
            throw new InvalidOperationException("A message was lost.");
        // The first round is compiled while it runs.
        if (round > 0)
            times.Add(elapsed.TotalNanoseconds / Messages);
    }

    times.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-30} {times[Rounds / 2],8:0} ns  {allocated / Messages,6} bytes allocated"));
}
