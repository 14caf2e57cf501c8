using System.Net.Sockets;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary><c>soket serve --listen-fds</c>: sockets that another process has bound, and what it is told by sd_notify(3).</summary>
public sealed class ListenFdsTests : IDisposable
{
    // Binds what its second argument lists, hands it over as sd_listen_fds(3) says, and prints what it is told on its own notify socket.
    private const string Manager = """
        import fcntl, json, os, socket, sys
        folder, kinds, pid_is, command = sys.argv[1], sys.argv[2].split(','), sys.argv[3], sys.argv[4:]
        sockets, names = [], []
        for kind in kinds:
            family = {'t': socket.AF_INET, 'p': socket.AF_INET, 'u': socket.AF_INET, '6': socket.AF_INET6, 's': socket.AF_UNIX, 'g': socket.AF_UNIX}[kind[0]]
            one = socket.socket(family, socket.SOCK_DGRAM if kind[0] in 'ug' else socket.SOCK_STREAM)
            one.bind(folder + '/' + kind if family == socket.AF_UNIX else ('0.0.0.0' if kind[0] == 'p' else '::1' if kind[0] == '6' else '127.0.0.1', 0))
            if kind in ('t', 'tls', 's'):
                one.listen(5)
            sockets.append(one)
            names.append(kind)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(folder + '/notify')
        child = os.fork()
        if child == 0:
            high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in sockets]
            for i, one in enumerate(high):
                os.dup2(one, 3 + i)
                os.close(one)
            os.environ.update(LISTEN_FDS=str(len(high)), LISTEN_PID=str(os.getpid()) if pid_is == 'own' else pid_is, LISTEN_FDNAMES=':'.join(names), NOTIFY_SOCKET=folder + '/notify')
            os.execvp(command[0], command)
        if pid_is == 'own':
            print('told', notify.recv(100).decode(), child, flush=True)
            print('told', notify.recv(100).decode(), flush=True)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("soket-fds-");

    public ListenFdsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "service managers that hand sockets over like this are Linux's");

    public void Dispose() => _folder.Delete(recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sockets_of_every_kind_are_served_where_they_are_bound_and_the_manager_is_told()
    {
        await using SoketProcess manager = Start("t,6,s,g,u,tls", "own", "echo", "--listen-fds");
        string ready = await manager.OutLineAsync(line => line.StartsWith("told READY=1", StringComparison.Ordinal));
        await manager.ErrorLineAsync(line => line.Contains("Ctrl-C", StringComparison.Ordinal));
        string[] endpoints = [.. manager.Said.Split('\n').Where(line => line.Contains("ready on", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1])];

        Assert.Equal(["tcp", "tcp", "unix", "unixgram", "udp", "tls"], endpoints.Select(endpoint => endpoint.Split(':')[0]));
        foreach (string endpoint in endpoints)
        {
            Finished client = await SoketProcess.RunAsync(["connect", endpoint, "halo", .. endpoint.StartsWith("tls", StringComparison.Ordinal) ? ["-k"] : (string[])[]]);
            Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
        }

        System.Diagnostics.Process.Start("kill", ["-TERM", ready.Split(' ')[2]]).Dispose();
        await manager.OutLineAsync(line => line == "told STOPPING=1");
        Assert.Equal(0, (await manager.EndAsync()).ExitCode);
        Assert.True(File.Exists($"{_folder.FullName}/s")); // the manager's, and it may start another one on it
    }

    [Fact]
    public async Task A_peer_bound_to_a_longer_path_than_the_socket_does_no_harm()
    {
        await using SoketProcess manager = Start("s", "own", "echo", "--listen-fds");
        await manager.OutLineAsync(line => line.StartsWith("told READY=1", StringComparison.Ordinal));
        for (int i = 0; i < 2; i++)
        {
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, i.ToString(System.Globalization.CultureInfo.InvariantCulture).PadRight(70, 'x'))));
            await client.ConnectAsync(new UnixDomainSocketEndPoint($"{_folder.FullName}/s"), Cancel);
            await client.SendAsync("halo"u8.ToArray(), Cancel);
            byte[] back = new byte[4];
            Assert.Equal(4, await client.ReceiveAsync(back, Cancel).AsTask().WaitAsync(SoketProcess.Patience, Cancel));
        }
    }

    [Fact]
    public async Task Programs_get_neither_the_sockets_nor_the_variables()
    {
        await using SoketProcess manager = Start("t", "own", "--listen-fds", "--shell", "--exec", "env; ls -l /proc/$$/fd");
        await manager.OutLineAsync(line => line.StartsWith("told READY=1", StringComparison.Ordinal));
        string endpoint = (await manager.ErrorLineAsync(line => line.Contains("ready on", StringComparison.Ordinal))).Split(' ')[^1];
        Finished client = await SoketProcess.RunAsync("connect", endpoint);
        Assert.Contains("SOKET_PROTOCOL=tcp", client.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("LISTEN_", client.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("NOTIFY_SOCKET", client.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("socket:", client.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_socket_activate_starts_it_at_the_first_connection()
    {
        string activate = Peers.Require("systemd-socket-activate");
        string path = $"{_folder.FullName}/a";
        await using SoketProcess manager = SoketProcess.Peer(activate, "-l", path, "dotnet", SoketProcess.Program, "serve", "echo", "--listen-fds");
        await manager.ErrorLineAsync(line => line.StartsWith("Listening on", StringComparison.Ordinal));
        Finished client = await SoketProcess.RunAsync("connect", $"unix:{path}", "pertama");
        Assert.Equal((0, "pertama"), (client.ExitCode, client.Out));
        Assert.Equal(0, (await manager.SignalAsync("TERM")).ExitCode); // it has become soket
    }

    [Fact]
    public async Task A_program_is_not_reached_from_other_machines_by_a_socket_that_was_handed_over()
    {
        await using SoketProcess manager = Start("p", "own", "--listen-fds", "--exec", "cat");
        await manager.ErrorLineAsync(line => line.Contains("--exec-anywhere", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LISTEN_FDS is not set", null, null)]
    [InlineData("LISTEN_PID is '1'", "1", "1")]
    [InlineData("LISTEN_FDS tidak diisi", null, null, "--lang", "id")]
    [InlineData("leave endpoints", "1", "1", ":0")]
    public async Task What_was_not_handed_over_is_said(string said, string? count, string? process, params string[] more)
    {
        Finished finished = await SoketProcess.RunAsync(null, ["serve", "echo", "--listen-fds", .. more], new Dictionary<string, string?> { ["LISTEN_FDS"] = count, ["LISTEN_PID"] = process });
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_no_socket()
    {
        string script = $"LISTEN_PID=$$ LISTEN_FDS=1 exec dotnet '{SoketProcess.Program}' serve echo --listen-fds 3</dev/null";
        await using SoketProcess process = SoketProcess.Peer("sh", "-c", script);
        Finished finished = await process.FinishAsync();
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("Descriptor 3, which was handed over, is not a socket", finished.Error, StringComparison.Ordinal);
    }

    private SoketProcess Start(string kinds, string process, params string[] serve) =>
        SoketProcess.Peer(Peers.Require("python3"), ["-c", Manager, _folder.FullName, kinds, process, "dotnet", SoketProcess.Program, "serve", .. serve]);
}
