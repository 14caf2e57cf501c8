using Soket.Hosting;

namespace Soket.Tests.Hosting;

/// <summary>How the tests of hosting make their servers: this project's on .NET's sockets. They are run again on other transports.</summary>
internal static class Servers
{
    public static SocketServerBuilder New() => new();
}
