namespace Soket.Protocols.CaptureFiles;

/// <summary>How a capture file is written.</summary>
public enum CaptureFormat
{
    /// <summary>libpcap's own (draft-ietf-opsawg-pcap): one link type, no comments.</summary>
    Pcap,

    /// <summary>pcapng (draft-ietf-opsawg-pcapng): several interfaces, comments, directions.</summary>
    Pcapng,
}
