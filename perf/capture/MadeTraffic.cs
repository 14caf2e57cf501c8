using System.Net;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Perf.Capture;

/// <summary>Traffic as a web server sees it: connections that open, ask, get an answer of some segments and close, over both versions of IP, with DNS between them.</summary>
internal static class MadeTraffic
{
    private const int Segment = 1_448;
    private static readonly byte[] Link = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

    public static void Write(string path, int packets)
    {
        using CaptureWriter writer = new PcapWriter(File.Create(path), nanoseconds: false);
        byte[] frame = new byte[2_000], answer = new byte[Segment];
        byte[] request = "GET /index.html HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"u8.ToArray();
        byte[] timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        long time = 1_700_000_000_000_000_000;
        int written = 0;
        for (int connection = 0; written < packets; connection++)
        {
            bool six = connection % 3 == 0;
            IPAddress client = IPAddress.Parse(six ? $"2001:db8::{connection % 60_000:x}" : $"10.{connection >> 16 & 255}.{connection >> 8 & 255}.{connection & 255}");
            IPAddress server = IPAddress.Parse(six ? "2001:db8:1::1" : "192.0.2.1");
            ushort port = (ushort)(20_000 + (connection % 40_000));
            if (connection % 10 == 0)
                Put(PacketWriter.WriteUdp(frame.AsSpan(14), client, server, port, 53, request.AsSpan(0, 40)));
            uint ours = (uint)(connection * 7_919), theirs = (uint)(connection * 104_729);
            Tcp(fromClient: true, TcpFlags.Syn, [], [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]);
            ours++;
            Tcp(fromClient: false, TcpFlags.Syn | TcpFlags.Ack, [], [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 1, 3, 3, 7]);
            theirs++;
            Tcp(fromClient: true, TcpFlags.Ack, [], timestamps);
            Tcp(fromClient: true, TcpFlags.Ack | TcpFlags.Psh, request, timestamps);
            ours += (uint)request.Length;
            for (int i = 0; i < 10; i++)
            {
                Tcp(fromClient: false, TcpFlags.Ack, answer, timestamps);
                theirs += Segment;
                if (i % 2 == 1)
                    Tcp(fromClient: true, TcpFlags.Ack, [], timestamps);
            }

            Tcp(fromClient: false, TcpFlags.Ack | TcpFlags.Fin, [], timestamps);
            theirs++;
            Tcp(fromClient: true, TcpFlags.Ack | TcpFlags.Fin, [], timestamps);
            ours++;
            Tcp(fromClient: false, TcpFlags.Ack, [], timestamps);

            void Tcp(bool fromClient, TcpFlags flags, byte[] data, byte[] options) => Put(fromClient
                ? PacketWriter.WriteTcp(frame.AsSpan(14), client, server, port, 80, ours, theirs, flags, 500, options, data)
                : PacketWriter.WriteTcp(frame.AsSpan(14), server, client, 80, port, theirs, ours, flags, 500, options, data));

            void Put(int length)
            {
                if (written++ >= packets)
                    return;
                Link.CopyTo(frame, 0);
                (frame[12], frame[13]) = six ? ((byte)0x86, (byte)0xDD) : ((byte)8, (byte)0);
                time += 10_000;
                writer.Write(new() { Nanoseconds = time, Link = LinkType.Ethernet, Bytes = frame.AsMemory(0, 14 + length), OriginalLength = 14 + length });
            }
        }
    }
}
