using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Linux;
using Xunit;

namespace Soket.Linux.Tests;

public sealed class ProcNetTests
{
    [Fact]
    public void A_listener_on_IPv4_is_read()
    {
        Assert.True(ProcNet.TryParseInet("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 54321 1 0000000000000000 100 0 0 10 0", out InetSocketLine line));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8080), line.Local);
        Assert.Equal(10, line.State); // LISTEN
        Assert.Equal(2, line.ReceiveQueue);
        Assert.Equal(1000, line.User);
        Assert.Equal(54321, line.Inode);
    }

    [Fact]
    public void An_address_of_IPv6_is_read()
    {
        Assert.True(ProcNet.TryParseAddress("00000000000000000000000001000000:0035", out IPEndPoint? address));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 53), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")]
    [InlineData("   0: 0100007F:1F90")]
    [InlineData("   0: 0100007F1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1")]
    [InlineData("   0: ZZ00007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1")]
    public void What_is_no_socket_is_not_read(string line) => Assert.False(ProcNet.TryParseInet(line, out _));

    [Theory]
    [InlineData("0000000000000000: 00000002 00000000 00010000 0001 01 22222 /run/my echo.sock", "/run/my echo.sock", true)]
    [InlineData("0000000000000000: 00000002 00000000 00000000 0002 01 22223 @abstract", "@abstract", false)]
    [InlineData("0000000000000000: 00000003 00000000 00000000 0001 03 22224", "", false)]
    public void A_unix_socket_is_read_with_its_whole_path(string line, string path, bool listens)
    {
        Assert.True(ProcNet.TryParseUnix(line, out UnixSocketLine socket));
        Assert.Equal(path, socket.Path);
        Assert.Equal(listens, socket.Listens);
    }

    [Fact]
    public void A_command_line_cannot_reach_the_terminal_raw()
    {
        string? command = ProcNet.ParseCommand(Encoding.UTF8.GetBytes("python3\0\u001b[2Jserver.py\0\u202Egpj\0"));
        Assert.Equal("python3 \uFFFD[2Jserver.py \uFFFDgpj", command);
        Assert.Null(ProcNet.ParseCommand([]));
        Assert.Equal(1025, ProcNet.ParseCommand(Encoding.UTF8.GetBytes(new string('x', 5000)))!.Length);
    }

    [Fact]
    public void A_user_is_found_by_number()
    {
        Assert.Equal(1000, ProcNet.ParseUser("Name:\tpython3\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\n"));
        Assert.Null(ProcNet.ParseUser("Name:\tpython3\n"));
        Assert.Equal("rudi", ProcNet.ParseUserName("root:x:0:0:root:/root:/bin/sh\nrudi:x:1000:1000::/home/rudi:/bin/sh", 1000));
        Assert.Null(ProcNet.ParseUserName("garbage\n::::", 1000));
    }

    [Fact]
    public void Any_text_is_read_or_passed_over_but_never_throws() => Prop.ForAll<string>(text =>
    {
        text ??= "";
        _ = ProcNet.TryParseInet(text, out _);
        _ = ProcNet.TryParseUnix(text, out _);
        _ = ProcNet.TryParseAddress(text, out _);
        _ = ProcNet.TryParseSocketLink(text, out _);
        ProcNet.ParseUser(text);
        ProcNet.ParseUserName(text, 0);
        return ProcNet.ParseCommand(Encoding.UTF8.GetBytes(text)) is not { } command || !command.Any(char.IsControl);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_damaged_line_is_read_or_passed_over_but_never_throws() => Prop.ForAll<int, char>((at, letter) =>
    {
        const string line = "   0: 0100007F:1F90 0100007F:0050 01 00000000:00000002 00:00000000 00000000  1000        0 54321 1 0000000000000000 100 0 0 10 0";
        char[] damaged = line.ToCharArray();
        damaged[(int)((uint)at % (uint)line.Length)] = letter;
        _ = ProcNet.TryParseInet(damaged, out _);
        _ = ProcNet.TryParseInet(damaged.AsSpan(0, (int)((uint)at % (uint)line.Length)), out _);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_address_written_as_the_kernel_does_reads_back() => Prop.ForAll<byte[], ushort>((seed, port) =>
    {
        byte[] bytes = [.. (seed ?? []).Concat(new byte[16]).Take(seed is { Length: > 7 } ? 16 : 4)];
        string text = string.Concat(Enumerable.Range(0, bytes.Length / 4).Select(word => BitConverter.ToUInt32(bytes, word * 4).ToString("X8"))) + ":" + port.ToString("X4");
        return ProcNet.TryParseAddress(text, out IPEndPoint? address) && address.Equals(new IPEndPoint(new IPAddress(bytes), port));
    }).QuickCheckThrowOnFailure();
}
