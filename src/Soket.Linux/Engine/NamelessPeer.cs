using System.Net.Sockets;

namespace Soket.Linux.Engine;

/// <summary>The address of a Unix socket that was never bound: the empty path, as .NET has it.</summary>
internal static class NamelessPeer
{
    public static UnixDomainSocketEndPoint EndPoint { get; } = Make();

    private static unsafe UnixDomainSocketEndPoint Make()
    {
        ushort family = Native.LibC.UnixFamily;
        return (UnixDomainSocketEndPoint)SocketName.Read((byte*)&family, sizeof(ushort));
    }
}
