using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Soket.Capture;
using Soket.Capture.Bpf;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>Filters for an endpoint: what passes, on every kind of link, and what tcpdump says of the same question.</summary>
public sealed class CaptureFilterTests : IDisposable
{
    private static readonly IPAddress[] A = [Frames.Address(false, 'A'), Frames.Address(true, 'A')];
    private static readonly IPAddress[] B = [Frames.Address(false, 'B'), Frames.Address(true, 'B')];
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public static TheoryData<int> Questions => [.. Enumerable.Range(0, Asked.Length)];

    private static readonly CaptureFilter[] Asked =
    [
        new() { Hosts = B, Port = 80 },
        new() { Kind = ConversationKind.Tcp, Hosts = B, Port = 80 },
        new() { Kind = ConversationKind.Udp, Hosts = B, Port = 80 },
        new() { Kind = ConversationKind.Tcp, Hosts = [B[0]], Port = 80 },
        new() { Kind = ConversationKind.Tcp, Hosts = [B[1]], Port = 80 },
        new() { Kind = ConversationKind.Tcp, Port = 80 },
        new() { Port = 80 },
        new() { Port = 9 },
        new() { Kind = ConversationKind.Udp },
        new() { Kind = ConversationKind.Tcp, Hosts = A },
        new() { Hosts = A },
        new() { Hosts = [.. A, .. B] },
        new() { Hosts = [A[1]] },
        new() { Kind = ConversationKind.Udp, Hosts = [.. A, .. B], Port = 1000 },
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_endpoint_has_its_packets_both_ways_the_errors_about_them_and_their_fragments()
    {
        Assert.Equal(
            [
                "4 tcp A:1000>B:80", "4 tcp B:80>A:1000", "4 tcp C:1000>B:80",
                "4 error 3 R>A of tcp A:1000>B:80", "4 error 3 R>C of tcp B:80>C:9",
                "4 error 4 R>A of tcp A:1000>B:80", "4 error 4 R>C of tcp B:80>C:9",
                "4 error 5 R>A of tcp A:1000>B:80", "4 error 5 R>C of tcp B:80>C:9",
                "4 error 11 R>A of tcp A:1000>B:80", "4 error 11 R>C of tcp B:80>C:9",
                "4 error 12 R>A of tcp A:1000>B:80", "4 error 12 R>C of tcp B:80>C:9",
                "4 fragment 2 tcp A>B", "4 options tcp A:1000>B:80",
                "4 error R>A of options tcp A:1000>B:80", "4 options error R>A of options tcp B:80>A:1000",
            ], Passing(new() { Kind = ConversationKind.Tcp, Hosts = [B[0]], Port = 80 }, Frames.Links[0]));
        Assert.Equal(
            [
                "6 udp A:1000>B:80", "6 udp B:80>A:1000",
                "6 error 1 R>C of udp C:1000>B:80", "6 error 2 R>C of udp C:1000>B:80", "6 error 3 R>C of udp C:1000>B:80", "6 error 4 R>C of udp C:1000>B:80",
                "6 fragment 1 udp A>B", "6 fragment 2 udp A>B", "6 hop by hop, destination options, tcp A:1000>B:81", "6 AH tcp A:1000>B:81",
                "6 error R>A of fragment udp A:1000>B:80", "6 error R>A of destination options udp A>B",
            ], Passing(new() { Kind = ConversationKind.Udp, Hosts = [B[1]], Port = 80 }, Frames.Links[0]));
        Assert.Equal(Frames.Packets.Select(packet => packet.Name), Passing(CaptureFilter.Everything, Frames.Links[0]));
    }

    [Theory]
    [MemberData(nameof(Questions))]
    public void The_verdict_is_the_same_on_every_link(int question)
    {
        string[] expected = Passing(Asked[question], Frames.Links[0]);
        Assert.NotEmpty(expected);
        Assert.True(expected.Length < Frames.Packets.Count);
        Assert.All(Frames.Links, link => Assert.Equal(expected, Passing(Asked[question], link)));
    }

    [Theory]
    [MemberData(nameof(Questions))]
    public void Tcpdump_gives_the_same_verdict(int question)
    {
        string file = Path.Combine(_folder, "all.pcap");
        using (CaptureWriter writer = CaptureWriter.Create(File.Create(file), CaptureFormat.Pcap))
            Write(writer, Frames.Links[0], Frames.Packets.Select(packet => packet.Bytes));
        string passed = Path.Combine(_folder, "passed.pcap");
        WireTool.Run("tcpdump", "-Z", Environment.UserName, "-r", file, "-w", passed, Expression(Asked[question]));
        Assert.Equal(Expected(passed), Passing(Asked[question], Frames.Links[0]));
    }

    [Theory]
    [InlineData("tcp[tcpflags] & tcp-push != 0 and not port 81")]
    [InlineData("len > 90 or ip[0] & 0xf > 5")]
    [InlineData("portrange 50-100")]
    [InlineData("ip6 and (udp or icmp6)")]
    [InlineData("ether[1] * 3 + ip[8] / 2 - 5 = 27")]
    [InlineData("ip[4:2] ^ 0xffff | 1 = 65535")]
    [InlineData("net 192.0.2.0/24 and not host 192.0.2.2")]
    [InlineData("ip[2:2] - ((ip[0] & 0xf) << 2) > 20")]
    public void Programs_of_tcpdump_run_here_as_there(string expression)
    {
        string file = Path.Combine(_folder, "all.pcap");
        using (CaptureWriter writer = CaptureWriter.Create(File.Create(file), CaptureFormat.Pcap))
            Write(writer, Frames.Links[0], Frames.Packets.Select(packet => packet.Bytes));
        string passed = Path.Combine(_folder, "passed.pcap");
        WireTool.Run("tcpdump", "-Z", Environment.UserName, "-r", file, "-w", passed, expression);
        BpfInstruction[] program = [.. WireTool.Run("tcpdump", "-r", file, "-ddd", expression).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line =>
        {
            uint[] words = [.. line.Split(' ').Select(word => uint.Parse(word, CultureInfo.InvariantCulture))];
            return new BpfInstruction((ushort)words[0], (byte)words[1], (byte)words[2], words[3]);
        })];
        string[] ours = [.. Frames.Packets.Where(packet => Run(program, Frames.Links[0].Wrap(packet.Bytes)) != 0).Select(packet => packet.Name)];
        Assert.NotEmpty(ours);
        Assert.Equal(Expected(passed), ours);
    }

    [Fact]
    public void A_packet_that_is_cut_off_does_not_pass_where_the_filter_must_look_further()
    {
        Func<CapturedPacket, bool> test = new CaptureFilter { Kind = ConversationKind.Tcp, Hosts = B, Port = 80 }.Test();
        byte[] whole = Frames.Links[0].Wrap(Frames.Packets[0].Bytes);
        for (int length = 0; length <= whole.Length; length++)
            Assert.Equal(length >= 14 + 20 + 4, test(Captured(LinkType.Ethernet, whole[..length])));
    }

    [Fact]
    public void The_part_of_a_packet_that_is_wanted_is_what_passes()
    {
        Assert.Equal(96u, Run(new CaptureFilter { Port = 80 }.Compile(LinkType.Ethernet, 96), Frames.Links[0].Wrap(Frames.Packets[0].Bytes)));
        Assert.Equal(96u, Run(CaptureFilter.Everything.Compile(LinkType.Ethernet, 96), [1]));
        Assert.Equal(262_144u, Run(new CaptureFilter { Port = 80 }.Compile((LinkType)147), [1])); // a link nobody knows: all of it
    }

    [Fact]
    public void The_longest_filter_is_one_the_kernel_takes()
    {
        IPAddress[] hosts = [.. Enumerable.Range(1, CaptureFilter.HostLimit).Select(i => IPAddress.Parse($"2001:db8::{i:x}"))];
        foreach ((_, LinkType link, _) in Frames.Links)
            Assert.InRange(new CaptureFilter { Hosts = hosts, Port = 80 }.Compile(link).Count, 1, CaptureFilter.ProgramLimit);
        Assert.Throws<ArgumentException>(() => new CaptureFilter { Hosts = [.. hosts, IPAddress.Loopback] });
    }

    [Fact]
    public void Hosts_are_told_as_they_are_on_the_wire()
    {
        Assert.Equal(A[0], Assert.Single(new CaptureFilter { Hosts = [A[0].MapToIPv6(), A[0]] }.Hosts));
        Assert.Empty(new CaptureFilter { Hosts = [A[0], IPAddress.Any] }.Hosts);
        Assert.True(new CaptureFilter { Hosts = [IPAddress.IPv6Any] }.IsEverything);
        Assert.Equal(new CaptureFilter { Hosts = [A[0], A[1]], Port = 1 }, new CaptureFilter { Hosts = [A[0], A[1]], Port = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CaptureFilter { Port = 65_536 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CaptureFilter { Port = 0 });
    }

    [Fact]
    public void A_program_that_does_what_is_not_defined_lets_nothing_through()
    {
        Assert.Equal(0u, Run([], [1]));
        Assert.Equal(0u, Run([new(0x05, 0, 0, uint.MaxValue)], [1]));          // ja over the end
        Assert.Equal(0u, Run([new(0x34, 0, 0, 0), new(6, 0, 0, 1)], [1]));     // division by zero
        Assert.Equal(0u, Run([new(0x60, 0, 0, 16), new(6, 0, 0, 1)], [1]));    // memory that is not there
        Assert.Equal(0u, Run([new(0x20, 0, 0, 0xFFFF_F000), new(6, 0, 0, 1)], [1]));
        Assert.Equal(0u, Run([new(0xB4, 0, 0, 0), new(6, 0, 0, 1)], [1]));
    }

    private static string[] Passing(CaptureFilter filter, (string Name, LinkType Link, Func<byte[], byte[]> Wrap) link)
    {
        Func<CapturedPacket, bool> test = filter.Test();
        return [.. Frames.Packets.Where(packet => test(Captured(link.Link, link.Wrap(packet.Bytes)))).Select(packet => packet.Name)];
    }

    private static uint Run(IReadOnlyList<BpfInstruction> program, byte[] packet) => BpfMachine.Run([.. program], packet, packet.Length);

    private static CapturedPacket Captured(LinkType link, byte[] bytes) => new() { Nanoseconds = 0, Link = link, Bytes = bytes, OriginalLength = bytes.Length };

    // Each packet carries its number as its time.
    private static void Write(CaptureWriter writer, (string Name, LinkType Link, Func<byte[], byte[]> Wrap) link, IEnumerable<byte[]> packets)
    {
        int number = 0;
        foreach (byte[] packet in packets)
            writer.Write(Captured(link.Link, link.Wrap(packet)) with { Nanoseconds = 1_000_000_000L * number++ });
    }

    private static string[] Expected(string file)
    {
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(file));
        var names = new List<string>();
        while (reader.TryRead(out CapturedPacket packet))
            names.Add(Frames.Packets[(int)(packet.Nanoseconds / 1_000_000_000)].Name);
        return [.. names];
    }

    // The same question in tcpdump's words, offset by offset: its own "host" and "port" know neither quoted packets nor fragments.
    private static string Expression(CaptureFilter filter)
    {
        int[] protocols = filter.Kind switch { ConversationKind.Tcp => [6], ConversationKind.Udp => [17], _ => [6, 17] };
        bool any = filter is { Kind: null, Port: null };
        var all = new List<string>();

        string Protocol(string place) => any ? "len >= 0" : Or(protocols.Select(protocol => $"{place} = {protocol}"));
        string Port(string place) => filter.Port is { } port ? $"{place} = {port}" : "len >= 0";
        string Host4(string header, string place) => filter.Hosts.Count == 0 ? "len >= 0"
            : Or(filter.Hosts.Where(host => host.AddressFamily == AddressFamily.InterNetwork).Select(host => $"{header}[{place}:4] = 0x{Convert.ToHexString(host.GetAddressBytes())}"));
        string Host6(int place) => filter.Hosts.Count == 0 ? "len >= 0"
            : Or(filter.Hosts.Where(host => host.AddressFamily == AddressFamily.InterNetworkV6).Select(host =>
                string.Join(" and ", Enumerable.Range(0, 4).Select(word => $"ip6[{place + 4 * word}:4] = 0x{Convert.ToHexString(host.GetAddressBytes().AsSpan(4 * word, 4))}"))));

        const string Length = "((ip[0] & 0xf) << 2)", Quoted = "((icmp[8] & 0xf) << 2)";
        string either4 = Or([Host4("ip", "12"), Host4("ip", "16")]);
        string later = "ip[6:2] & 0x1fff != 0";
        if (any)
            all.Add($"ip and {either4}");
        else
        {
            all.Add($"ip and {Protocol("ip[9]")} and {later} and {either4}");
            all.Add($"ip and {Protocol("ip[9]")} and not {later} and {Or([$"{Host4("ip", "12")} and {Port($"ip[{Length}:2]")}", $"{Host4("ip", "16")} and {Port($"ip[{Length} + 2:2]")}"])}");
        }

        string errors = Or(((int[])[3, 4, 5, 11, 12]).Select(type => $"icmp[0] = {type}"));
        all.Add($"icmp and {errors} and {Protocol("icmp[17]")} and {Or([$"{Host4("icmp", "20")} and {Port($"icmp[8 + {Quoted}:2]")}", $"{Host4("icmp", "24")} and {Port($"icmp[10 + {Quoted}:2]")}"])}");

        foreach ((int header, string about) in ((int, string)[])[(0, "ip6"), (48, "ip6 and ip6[6] = 58 and ip6[40] >= 1 and ip6[40] <= 4")])
        {
            string either6 = Or([Host6(header + 8), Host6(header + 24)]);
            string next = $"ip6[{header + 6}]";
            string extended(string place) => Or(((int[])[0, 43, 60]).Select(extension => $"{place} = {extension}"));
            string further(string place) => Or(((int[])[0, 43, 44, 51, 60]).Select(extension => $"{place} = {extension}"));
            string ends(string at) => Or([$"{Host6(header + 8)} and {Port($"ip6[{at}:2]")}", $"{Host6(header + 24)} and {Port($"ip6[{at} + 2:2]")}"]);
            if (any)
            {
                all.Add($"{about} and {either6}");
                continue;
            }

            string first = $"ip6[{header + 40}]";
            all.Add($"{about} and {next} = 51 and {either6}");
            all.Add($"{about} and {extended(next)} and {further(first)} and {either6}");
            all.Add($"{about} and {extended(next)} and {Protocol(first)} and {ends($"{header + 40} + ((ip6[{header + 41}] + 1) << 3)")}");
            all.Add($"{about} and {Protocol(next)} and {ends($"{header + 40}")}");
            all.Add($"{about} and {next} = 44 and {further(first)} and {either6}");
            all.Add($"{about} and {next} = 44 and {Protocol(first)} and ip6[{header + 42}:2] & 0xfff8 != 0 and {either6}");
            all.Add($"{about} and {next} = 44 and {Protocol(first)} and ip6[{header + 42}:2] & 0xfff8 = 0 and {ends($"{header + 48}")}");
        }

        return Or(all);
    }

    private static string Or(IEnumerable<string> conditions) =>
        string.Join(" or ", conditions.Select(condition => $"({condition})")) is { Length: > 0 } joined ? $"({joined})" : "len < 0";
}
