using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Soket.Capture;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Linux.Tests.Capture;

/// <summary>tcpdump on the loopback interface of a namespace of the test's own, into a file that is read while it grows.</summary>
internal sealed class LoopbackCapture : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _tcpdump;

    private LoopbackCapture(Process tcpdump, string file) => (_tcpdump, File) = (tcpdump, file);

    public string File { get; }

    /// <summary>Begins to capture.</summary>
    /// <param name="except">Packets to leave out, as tcpdump's filters are written.</param>
    public static LoopbackCapture Start(string? except = null)
    {
        string file = Path.Combine(Path.GetTempPath(), $"soket-flow-{Guid.NewGuid():N}.pcap");
        var start = new ProcessStartInfo(Require("tcpdump")) { RedirectStandardError = true };
        // Short packets in a large ring: none is to be dropped. As root, and not as the user tcpdump would become, who may write nothing here.
        foreach (string argument in (ReadOnlySpan<string>)["-i", "lo", "-n", "-U", "--immediate-mode", "-B", "65536", "-s", "1600", "--time-stamp-precision=nano", "-Z", "root", "-w", file, "(tcp or udp or icmp)" + (except is null ? "" : $" and not ({except})")])
            start.ArgumentList.Add(argument);
        Process tcpdump = Process.Start(start)!;
        while (tcpdump.StandardError.ReadLine() is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
                return new(tcpdump, file);
        }

        Assert.Fail("tcpdump does not listen");
        throw new UnreachableException();
    }

    /// <summary>The path of a program, or the test is skipped.</summary>
    public static string Require(string program)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(System.IO.File.Exists);
        Needs.That(path is not null, program + " is not installed");
        return path!;
    }

    /// <summary>Reads the file again until it shows something: what TCP does by its clock announces itself nowhere else.</summary>
    public void Until(Func<TracedPacket, bool> shows)
    {
        long started = Stopwatch.GetTimestamp();
        while (!Read(out _).Any(packet => packet is not null && shows(packet)))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the capture never showed what was awaited");
            Thread.Yield();
        }
    }

    /// <summary>Ends the capture once it holds everything up to now.</summary>
    /// <returns>Whether no packet was dropped for want of time.</returns>
    public bool Stop()
    {
        // A datagram to nobody comes after everything else.
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            socket.SendTo("the end"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, 9));
        Until(packet => packet.Preview.Span.SequenceEqual("the end"u8));
        using (Process kill = Process.Start("kill", ["-TERM", _tcpdump.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        string said = _tcpdump.StandardError.ReadToEnd();
        _tcpdump.WaitForExit();
        return said.Contains("\n0 packets dropped by kernel", StringComparison.Ordinal);
    }

    /// <summary>Every packet of the file as Soket tells it, in its order; null for one of no conversation.</summary>
    public List<TracedPacket?> Read(out ConversationTracker tracker, List<Conversation?>? conversations = null)
    {
        tracker = new ConversationTracker(new TrackerLimits { Packets = 1_000_000, PacketsInAll = 1_000_000 });
        var traced = new List<TracedPacket?>();
        byte[] bytes = Bytes();
        // The header of the file, 24 bytes; before each packet 16 bytes: seconds, nanoseconds, kept, length.
        for (int at = 24; at + 16 <= bytes.Length;)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(at, 16);
            int kept = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            if (at + 16 + kept > bytes.Length)
                break;
            traced.Add(tracker.Add(Packet.Decode(new CapturedPacket
            {
                Nanoseconds = (BinaryPrimitives.ReadUInt32LittleEndian(header) * 1_000_000_000L) + BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                Link = LinkType.Ethernet,
                Bytes = bytes.AsMemory(at + 16, kept),
                OriginalLength = BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
            })));
            conversations?.Add(tracker.Current);
            at += 16 + kept;
        }

        return traced;
    }

    public void Dispose()
    {
        if (!_tcpdump.HasExited)
        {
            _tcpdump.Kill();
            _tcpdump.WaitForExit();
        }

        _tcpdump.Dispose();
        System.IO.File.Delete(File);
    }

    private byte[] Bytes()
    {
        using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..read];
    }
}
