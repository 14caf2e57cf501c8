using Soket.Bench.Internal;
using Soket.Linux.Bench;
using Xunit;

namespace Soket.Linux.Tests.Bench;

/// <summary>What /proc tells of connections.</summary>
public sealed class LinuxConnectFactsTests
{
    [Fact]
    public void The_files_of_proc_are_read()
    {
        DirectoryInfo proc = Directory.CreateTempSubdirectory("soket-proc");
        try
        {
            Write("sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
            Write("net/sockstat", "sockets: used 300\nTCP: inuse 5 orphan 0 tw 1234 alloc 9 mem 1\nUDP: inuse 2 mem 0\n");
            Write("net/netstat", "TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops\nTcpExt: 1 2 77 78\nIpExt: InNoRoutes\nIpExt: 0\n");
            Write("stat", "cpu  100 0 50 2000 500 0 0 0 0 0\ncpu0 1 2 3 4\n");
            Assert.Equal(new ConnectFacts { Ports = 28_232, TimeWait = 1234, Overflows = 77, Idle = TimeSpan.FromSeconds(25) }, LinuxConnectFacts.Read(proc.FullName));
        }
        finally
        {
            proc.Delete(recursive: true);
        }

        void Write(string name, string text)
        {
            string path = Path.Combine(proc.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    [Fact]
    public void What_this_machine_does_not_tell_is_not_made_up() => Assert.Equal(new ConnectFacts(), LinuxConnectFacts.Read("/nowhere"));

    [Fact]
    public void This_machine_tells_its_ports() => Assert.True(LinuxConnectFacts.Read().Ports > 0);
}
