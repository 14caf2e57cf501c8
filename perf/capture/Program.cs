// One step of reading a capture file, as a process of its own: capture make FILE PACKETS | read FILE | decode FILE
using System.Globalization;
using Soket.Perf.Capture;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

switch (args)
{
    case ["make", var path, var packets]:
        MadeTraffic.Write(path, int.Parse(packets, CultureInfo.InvariantCulture));
        return 0;
    case ["read" or "decode", var path]:
        using (CaptureReader reader = CaptureReader.Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0)))
        {
            long count = 0, bytes = 0;
            while (reader.TryRead(out CapturedPacket packet))
            {
                count++;
                bytes += args[0] == "read" ? packet.OriginalLength : Packet.Decode(packet).PayloadLength;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} {bytes} {Environment.WorkingSet >> 20} {GC.GetTotalAllocatedBytes() >> 20}"));
        }

        return 0;
    default:
        Console.Error.WriteLine("capture make FILE PACKETS | read FILE | decode FILE");
        return 2;
}
