namespace Soket.Protocols.CaptureFiles;

/// <summary>The numbers of pcapng (draft-ietf-opsawg-pcapng 4 and 3.5).</summary>
internal static class PcapngBlock
{
    public const uint Section = 0x0A0D0D0A; // reads the same in either byte order
    public const uint Interface = 1;
    public const uint ObsoletePacket = 2;
    public const uint SimplePacket = 3;
    public const uint Statistics = 5;
    public const uint Packet = 6;

    public const uint ByteOrder = 0x1A2B3C4D;

    /// <summary>Type, length, and the length once more.</summary>
    public const int Frame = 12;

    public const ushort End = 0;
    public const ushort Comment = 1;
    public const ushort SectionApplication = 4;
    public const ushort InterfaceName = 2;
    public const ushort InterfaceDescription = 3;
    public const ushort InterfaceResolution = 9;
    public const ushort InterfaceOffset = 14;
    public const ushort StatisticsReceived = 4;
    public const ushort StatisticsDropped = 5;
    public const ushort PacketFlags = 2; // the same number in the obsolete block

    /// <summary>The bits of the flags that tell the direction: 1 in, 2 out.</summary>
    public const uint Direction = 3;

    /// <summary>What Soket calls itself in the files it writes.</summary>
    public const string Soket = "Soket";

    /// <summary>How the comment begins beside a packet that was never captured.</summary>
    public const string Inferred = "inferred: ";
}
