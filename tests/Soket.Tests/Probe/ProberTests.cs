using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Probe;
using Xunit;

namespace Soket.Tests.Probe;

/// <summary>What a probe finds, against plain sockets.</summary>
public sealed class ProberTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_is_open_and_a_free_port_refuses()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        SocketUri endpoint = SocketUri.FromEndPoint(SocketScheme.Tcp, listener.LocalEndPoint!);

        ProbeResult refused = await new Prober(new ProbeOptions()).ProbeAsync(endpoint, Token);
        Assert.Equal((ProbeState.Refused, "ECONNREFUSED"), (refused.State, refused.Failure?.Error.Name));

        listener.Listen();
        ProbeResult open = await new Prober(new ProbeOptions()).ProbeAsync(endpoint, Token);
        Assert.Equal((ProbeState.Open, listener.LocalEndPoint, 1), (open.State, open.Address, open.Tries));
    }

    [Fact]
    public async Task Waiting_ends_when_the_server_comes_up()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        SocketUri endpoint = SocketUri.FromEndPoint(SocketScheme.Tcp, listener.LocalEndPoint!);
        var told = new TellsWhenTried(() => listener.Listen());
        var options = new ProbeOptions { WaitFor = TimeSpan.FromMinutes(1), Pause = TimeSpan.FromMilliseconds(1), Transport = new() { Events = new Soket.Events.SocketEvents(told) } };

        ProbeResult result = await new Prober(options).ProbeAsync(endpoint, Token);
        Assert.Equal(ProbeState.Open, result.State);
        Assert.True(result.Tries > 1, $"tried {result.Tries} times");
    }

    [Fact]
    public async Task Udp_silence_is_neither_open_nor_refused()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var options = new ProbeOptions { Timeout = TimeSpan.FromSeconds(4) }; // half of it is when it is sent again
        ProbeResult silent = await new Prober(options).ProbeAsync(SocketUri.FromEndPoint(SocketScheme.Udp, socket.LocalEndPoint!), Token);
        Assert.Equal((ProbeState.Silent, "SOKET_NO_REPLY", 2L), (silent.State, silent.Failure?.Error.Name, silent.Failure?.Context.Sent));

        byte[] buffer = new byte[16];
        Assert.Equal(1, socket.Receive(buffer));
        Assert.Equal((byte)'\n', buffer[0]);
    }

    [Fact]
    public async Task Results_come_in_the_order_they_were_asked_for()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        SocketUri slow = SocketUri.FromEndPoint(SocketScheme.Udp, silent.LocalEndPoint!);
        SocketUri fast = SocketUri.Parse("unix:/nowhere/at/all.sock");
        var done = new List<SocketUri>();
        var results = new List<ProbeResult>();
        await foreach (ProbeResult result in new Prober(new ProbeOptions { Timeout = TimeSpan.FromMilliseconds(200) }).ProbeAllAsync([slow, fast], result => { lock (done) done.Add(result.Endpoint); }, Token))
            results.Add(result);

        Assert.Equal([slow, fast], results.Select(result => result.Endpoint));
        Assert.Equal([fast, slow], done);
        Assert.Equal("ENOENT", results[1].Failure?.Error.Name);
    }

    private sealed class TellsWhenTried(Action tried) : Soket.Events.ISocketObserver
    {
        private int _told;

        public void On(in Soket.Events.SocketEvent e, in System.Buffers.ReadOnlySequence<byte> bytes)
        {
            if (e.Failure is not null && Interlocked.Exchange(ref _told, 1) == 0)
                tried();
        }
    }
}
