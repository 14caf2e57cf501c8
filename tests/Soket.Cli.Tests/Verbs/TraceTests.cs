using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket trace</c>: of files made here packet by packet, and live where that is permitted.</summary>
public sealed class TraceTests : IDisposable
{
    private static readonly IPAddress Client = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Server = IPAddress.Parse("10.0.0.2");
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("en", "closed in order")]
    [InlineData("id", "ditutup dengan tertib")]
    public async Task A_file_is_drawn_and_listed(string language, string ended)
    {
        string file = Make("a.pcapng", Exchange(40000, "halo"u8.ToArray()));
        Finished drawn = await SoketProcess.RunAsync("trace", file, "--time", "none", "--lang", language);
        Assert.Equal(("", 0), (drawn.Error, drawn.ExitCode));
        string[] lines = drawn.Out.Split('\n');
        Assert.Contains(lines, line => line.Contains("10.0.0.1:40000", StringComparison.Ordinal) && line.Contains("10.0.0.2:8080", StringComparison.Ordinal));
        foreach (string expected in (string[])["SYN seq=0", "SYN, ACK seq=0 ack=1", "\"halo\"", "FIN, ACK seq=5", "[ESTABLISHED]", "[TIME_WAIT]", "[LAST_ACK]"])
            Assert.Contains(expected, drawn.Out, StringComparison.Ordinal);

        Finished list = await SoketProcess.RunAsync("trace", file, "--list", "--lang", language);
        string row = list.Out.Split('\n')[1];
        Assert.Matches(@"^1 +tcp +10\.0\.0\.1:40000 +10\.0\.0\.2:8080 +7 +4 B +0 B ", row);
        Assert.EndsWith(ended, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packet_is_a_line_with_its_fields_and_bytes_when_asked()
    {
        string file = Make("a.pcap", Exchange(40000, "halo"u8.ToArray()));
        Finished lines = await SoketProcess.RunAsync("trace", file, "--packets");
        string[] packets = lines.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, packets.Length);
        Assert.StartsWith("  0.000000  10.0.0.1:40000 > 10.0.0.2:8080  TCP SYN seq 0 win 65535 len 0", packets[0], StringComparison.Ordinal);
        Assert.StartsWith("  0.000001  10.0.0.2:8080 > 10.0.0.1:40000  TCP SYN, ACK seq 0 ack 1 win ", packets[1], StringComparison.Ordinal);
        Finished fields = await SoketProcess.RunAsync("trace", file, "--packets", "-v", "-x", "--count", "4");
        Assert.Contains("    IPv4  10.0.0.1 > 10.0.0.2  TCP  ttl 64 ", fields.Out, StringComparison.Ordinal);
        Assert.Contains("    TCP  40000 > 8080  PSH, ACK  seq 1001  ack 2001 ", fields.Out, StringComparison.Ordinal);
        Assert.Contains("|", fields.Out, StringComparison.Ordinal);
        Assert.Contains("halo|", fields.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_after_the_file_and_a_number_choose_what_is_shown()
    {
        string file = Make("two.pcapng", [.. Exchange(40000, "satu"u8.ToArray()), .. Exchange(40001, "dua"u8.ToArray())]);
        Finished one = await SoketProcess.RunAsync("trace", file, ":40001", "--list", "--json");
        Assert.Equal("tcp 10.0.0.1:40001", Conversations(one.Out));
        Finished both = await SoketProcess.RunAsync("trace", file, "10.0.0.2", "--list", "--json");
        Assert.Equal("tcp 10.0.0.1:40000, tcp 10.0.0.1:40001", Conversations(both.Out));
        Finished none = await SoketProcess.RunAsync("trace", file, "udp://:40001", "--list", "--json");
        Assert.Equal("", none.Out);
        Finished second = await SoketProcess.RunAsync("trace", file, "--conversation", "2");
        Assert.Contains("\"dua\"", second.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("satu", second.Out, StringComparison.Ordinal);
        Finished third = await SoketProcess.RunAsync("trace", file, "--conversation", "3");
        Assert.Equal(2, third.ExitCode);
        Assert.Contains("there is no conversation 3 here; there are 2.", third.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_carry_numbers_as_numbers()
    {
        string file = Make("a.pcapng", Exchange(40000, "halo"u8.ToArray()));
        string output = (await SoketProcess.RunAsync("trace", file, "--packets", "--json")).Out + (await SoketProcess.RunAsync("trace", file, "--list", "--json")).Out;
        JsonElement[] records = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
        JsonElement data = records.Single(record => record.GetProperty("type").GetString() == "packet" && record.GetProperty("payload").GetInt32() == 4);
        Assert.Equal(("2026-11-21T00:00:00.000003000Z", 3000L), (data.GetProperty("time").GetString(), data.GetProperty("since_ns").GetInt64()));
        Assert.Equal((1L, 1L, "PSH, ACK"), (data.GetProperty("sequence").GetInt64(), data.GetProperty("acknowledgment").GetInt64(), data.GetProperty("flags").GetString()));
        Assert.Equal("ESTABLISHED", data.GetProperty("initiator_state").GetString());
        JsonElement whole = records.Single(record => record.GetProperty("type").GetString() == "conversation");
        using JsonDocument diagram = JsonDocument.Parse((await SoketProcess.RunAsync("trace", file, "--json")).Out);
        Assert.Equal(("diagram", 7), (diagram.RootElement.GetProperty("type").GetString(), diagram.RootElement.GetProperty("packets").GetInt32()));
        Assert.Equal((5, 2, 4L, 0L), (whole.GetProperty("initiator_packets").GetInt32(), whole.GetProperty("responder_packets").GetInt32(), whole.GetProperty("initiator_bytes").GetInt64(), whole.GetProperty("responder_bytes").GetInt64()));
    }

    [Fact]
    public async Task What_a_peer_sent_does_not_reach_the_terminal_raw()
    {
        string file = Make("a.pcapng", Exchange(40000, "\u001b]0;milikku\u0007\u001b[2J\r\n"u8.ToArray()));
        foreach (string[] more in (string[][])[[], ["--packets", "-v", "-x"], ["--list"]])
        {
            Finished run = await SoketProcess.RunAsync(["trace", file, .. more]);
            Assert.Equal(0, run.ExitCode);
            Assert.DoesNotContain('\u001b', run.Out);
            Assert.DoesNotContain('\u0007', run.Out);
        }
    }

    [Fact]
    public async Task Pictures_and_pages_are_written_and_nothing_is_replaced_unasked()
    {
        string file = Make("a.pcapng", Exchange(40000, "<script>alert(1)</script>"u8.ToArray()));
        string svg = Path.Combine(_folder, "a.svg"), html = Path.Combine(_folder, "a.html"), copy = Path.Combine(_folder, "b.pcap");
        string[] arguments = ["trace", file, "--svg", svg, "--html", html, "--write", copy, "--list"];
        Finished run = await SoketProcess.RunAsync(arguments);
        Assert.Equal(("", 0), (run.Error, run.ExitCode));
        Assert.Equal("svg", System.Xml.Linq.XDocument.Load(svg).Root!.Name.LocalName);
        string page = await File.ReadAllTextAsync(html, TestContext.Current.CancellationToken);
        Assert.StartsWith("<!doctype html>", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert", page, StringComparison.Ordinal);
        Assert.Equal(7, (await SoketProcess.RunAsync("trace", copy, "--packets")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        Finished again = await SoketProcess.RunAsync(arguments);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains($"--write: {copy} is there already. To overwrite it add --force.", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await SoketProcess.RunAsync([.. arguments, "--force"])).ExitCode);
    }

    [Fact]
    public async Task A_file_that_is_none_and_one_cut_short_are_told()
    {
        Finished missing = await SoketProcess.RunAsync("trace", Path.Combine(_folder, "no.pcap"));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("There is no file '", missing.Error, StringComparison.Ordinal);
        string text = Path.Combine(_folder, "text.pcap");
        await File.WriteAllTextAsync(text, "halo\nhalo\n", TestContext.Current.CancellationToken);
        Finished other = await SoketProcess.RunAsync("trace", text);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("is no capture file that can be read", other.Error, StringComparison.Ordinal);

        string whole = Make("a.pcap", Exchange(40000, "halo"u8.ToArray())), cut = Path.Combine(_folder, "cut.pcap");
        byte[] bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..^10], TestContext.Current.CancellationToken);
        Finished half = await SoketProcess.RunAsync("trace", cut, "--packets");
        Assert.Equal(0, half.ExitCode);
        Assert.Equal(6, half.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("ends in the middle of a packet", half.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Captured in part: 1 packet of 7, at most 60 bytes")]
    [InlineData("id", "Ditangkap sebagian: 1 paket dari 7, paling banyak 60 byte")]
    public async Task What_was_captured_in_part_is_counted(string language, string said)
    {
        string whole = Make("whole.pcap", Exchange(40000, new byte[40])), file = Path.Combine(_folder, "part.pcap");
        byte[] pcap = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        using (var part = new MemoryStream())
        {
            part.Write(pcap.AsSpan(0, 24));
            for (int at = 24; at < pcap.Length;)
            {
                // A record of pcap: seconds, fraction, kept, length.
                int kept = BitConverter.ToInt32(pcap, at + 8), keeps = Math.Min(kept, 60);
                part.Write(pcap.AsSpan(at, 8));
                part.Write(BitConverter.GetBytes(keeps));
                part.Write(pcap.AsSpan(at + 12, 4 + keeps));
                at += 16 + kept;
            }

            await File.WriteAllBytesAsync(file, part.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Contains(said, (await SoketProcess.RunAsync("trace", file, "--lang", language)).Error, StringComparison.Ordinal);
        Assert.Equal("", (await SoketProcess.RunAsync("trace", whole)).Error);
    }

    [Theory]
    [InlineData("What is to be traced?")]
    [InlineData("has no packets", "unix:/tmp/s")]
    [InlineData("A live capture is of one endpoint", ":1", ":2")]
    [InlineData("--time 'never': one of relative", ":1", "--time", "never")]
    [InlineData("A port is written with its colon: :28182", "28182")]
    public async Task What_is_wrong_is_said(string said, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "live captures are for Linux");
        Finished run = await SoketProcess.RunAsync(["trace", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_each_packet_of_the_endpoint_is_seen_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "live captures are for Linux");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string endpoint = listener.LocalEndpoint.ToString()!;
        await using SoketProcess trace = SoketProcess.Soket("trace", endpoint, "--packets", "--json");
        string said = await trace.ErrorLineAsync(line => line.Contains("Capturing ", StringComparison.Ordinal) || line.Contains("soket explain", StringComparison.Ordinal));
        if (!said.Contains("Capturing ", StringComparison.Ordinal))
        {
            Finished refused = await trace.EndAsync();
            Assert.Equal(111, refused.ExitCode);
            Assert.Contains("CAP_NET_RAW", refused.Error, StringComparison.Ordinal);
            Assert.Skip("capturing is not permitted here");
        }

        using (var client = new TcpClient())
        {
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
            using TcpClient server = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("halo"u8.ToArray(), TestContext.Current.CancellationToken);
            await server.GetStream().ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken);
        }

        await trace.OutLineAsync(line => line.Contains("\"payload\":4", StringComparison.Ordinal));
        Finished run = await trace.SignalAsync("INT");
        Assert.Equal(0, run.ExitCode);
        Assert.Single(run.Out.Split('\n'), line => line.Contains("\"flags\":\"SYN\"", StringComparison.Ordinal));
        Assert.Single(run.Out.Split('\n'), line => line.Contains("\"payload\":4", StringComparison.Ordinal));
        Assert.Contains("conversations: 1.", run.Error, StringComparison.Ordinal);
    }

    private static string Conversations(string output) => string.Join(", ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
        .Where(record => record.GetProperty("type").GetString() == "conversation").Select(record => $"{record.GetProperty("protocol").GetString()} {record.GetProperty("initiator").GetString()}"));

    private string Make(string name, IReadOnlyList<byte[]> packets)
    {
        string path = Path.Combine(_folder, name);
        long time = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() * 1_000_000_000;
        using CaptureWriter writer = CaptureWriter.Create(File.Create(path), CaptureWriter.FormatOf(path), [new CaptureInterface { Link = LinkType.RawIp }]);
        foreach (byte[] packet in packets)
        {
            writer.Write(new CapturedPacket { Nanoseconds = time, Link = LinkType.RawIp, Bytes = packet, OriginalLength = packet.Length });
            time += 1000;
        }

        return path;
    }

    // Handshake, one message, the client closes first.
    private static List<byte[]> Exchange(ushort port, byte[] data)
    {
        uint end = 1001 + (uint)data.Length;
        return
        [
            Segment(true, 1000, 0, TcpFlags.Syn, []),
            Segment(false, 2000, 1001, TcpFlags.Syn | TcpFlags.Ack, []),
            Segment(true, 1001, 2001, TcpFlags.Ack, []),
            Segment(true, 1001, 2001, TcpFlags.Psh | TcpFlags.Ack, data),
            Segment(true, end, 2001, TcpFlags.Fin | TcpFlags.Ack, []),
            Segment(false, 2001, end + 1, TcpFlags.Fin | TcpFlags.Ack, []),
            Segment(true, end + 1, 2002, TcpFlags.Ack, []),
        ];

        byte[] Segment(bool sent, uint sequence, uint acknowledgment, TcpFlags flags, byte[] payload)
        {
            byte[] room = new byte[2000];
            int length = PacketWriter.WriteTcp(room, sent ? Client : Server, sent ? Server : Client, sent ? port : (ushort)8080, sent ? (ushort)8080 : port, sequence, acknowledgment, flags, ushort.MaxValue, [], payload);
            return room[..length];
        }
    }
}
