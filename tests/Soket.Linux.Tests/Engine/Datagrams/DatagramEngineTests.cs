using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Soket.Linux.Engine.Datagrams;
using Soket.Linux.Native;
using Soket.Linux.Tests.Engine.Messages;
using Soket.Options;
using Soket.Services;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine.Datagrams;

/// <summary>Many datagrams by one call: trains, errors, several sockets on one port.</summary>
public sealed class DatagramEngineTests
{
    private static readonly IPEndPoint Any = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Datagrams_that_wait_come_by_one_call_and_each_is_told_and_answered()
    {
        await using var served = new Served(new Gate());
        using Socket client = served.Connect();
        Send(client, "hold");
        await served.Gate.Entered.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
        for (int i = 0; i < 10; i++)
            Send(client, $"number {i}");
        served.Gate.Open();
        Assert.Equal("hold", Receive(client));
        for (int i = 0; i < 10; i++)
            Assert.Equal($"number {i}", Receive(client));

        await served.Log.UntilAsync(all => all.Count(told => told.Event.Call == SocketCall.SendTo) == 11);
        var received = served.Log.All.Where(told => told.Event.Call == SocketCall.ReceiveFrom).ToList();
        Assert.Equal(11, received.Count);
        Assert.Single(received.Skip(1).Select(told => told.Event.CallId).Distinct());
        Assert.NotEqual(received[0].Event.CallId, received[1].Event.CallId);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"number {i}"), received.Skip(1).Select(told => Encoding.ASCII.GetString(told.Bytes)));
        Assert.Single(served.Log.All.Where(told => told.Event.Call == SocketCall.SendTo).Skip(1).Select(told => told.Event.CallId).Distinct());
        Assert.All(received, told => Assert.Equal(client.LocalEndPoint, told.Event.Remote));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Trains_are_taken_apart_and_answers_of_one_length_go_as_one(string address)
    {
        Assert.SkipUnless(address != "::1" || Socket.OSSupportsIPv6, "no IPv6 here");
        await using var served = new Served(new Gate(), address: address);
        using Socket client = served.Connect();
        client.ReceiveBufferSize = 4 * 1024 * 1024;
        Send(client, "hold");
        await served.Gate.Entered.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
        // A full batch: from now on the kernel may hand over trains.
        for (int i = 0; i < DatagramBatch.Most + 1; i++)
            Send(client, "x");
        served.Gate.Open();
        for (int i = 0; i < DatagramBatch.Most + 2; i++)
            Receive(client);
        Assert.SkipUnless(served.Log.All.Any(told => told.Event.Option == "UDP_GRO"), "this kernel has no UDP_GRO");

        // One send that the kernel cuts: 40 datagrams of 100 bytes and one of 30.
        client.SetRawSocketOption(LibC.UdpLevel, LibC.UdpSegment, BitConverter.GetBytes(100));
        byte[] train = new byte[4030];
        for (int i = 0; i < train.Length; i++)
            train[i] = (byte)(i / 100);
        Assert.Equal(train.Length, client.Send(train));
        for (int i = 0; i < 41; i++)
        {
            byte[] datagram = new byte[200];
            int length = client.Receive(datagram);
            Assert.Equal(i == 40 ? 30 : 100, length);
            Assert.All(datagram.Take(length), b => Assert.Equal(i, b));
        }

        var told = served.Log.All.Where(told => told.Event.Call == SocketCall.ReceiveFrom && told.Event.Moved is 100 or 30).ToList();
        Assert.Equal(41, told.Count);
    }

    [Fact]
    public async Task Longer_datagrams_than_the_limit_are_cut_each_for_itself()
    {
        await using var served = new Served(new Gate(), maxDatagram: 10);
        using Socket client = served.Connect();
        served.Gate.Open();
        Send(client, "0123456789abc");
        Assert.Equal("0123456789", Receive(client));
        Send(client, "0123456789");
        Assert.Equal("0123456789", Receive(client));
        Assert.Equal(["truncated", null], served.Log.All.Where(told => told.Event.Call == SocketCall.ReceiveFrom).Select(told => told.Event.Reason));
    }

    [Fact]
    public async Task A_service_that_throws_loses_only_that_datagram()
    {
        var service = new Gate();
        await using IDatagramSocket socket = LinuxDatagramSocket.Bind(Any, new());
        var loop = new DatagramMessageLoop(service, new DatagramRules());
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
        client.Connect(socket.LocalEndPoint);
        using var end = new CancellationTokenSource();
        Task serving = loop.ServeAsync(socket, end.Token);
        Send(client, "hold");
        await service.Entered.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
        foreach (string text in (string[])["one", "throw", "two", "throw", "three"])
            Send(client, text);
        service.Open();
        Assert.Equal("bad datagram", (await Assert.ThrowsAsync<InvalidDataException>(() => serving.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken))).Message);
        serving = loop.ServeAsync(socket, end.Token);
        Assert.Equal("bad datagram", (await Assert.ThrowsAsync<InvalidDataException>(() => serving.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken))).Message);
        serving = loop.ServeAsync(socket, end.Token);
        foreach (string text in (string[])["hold", "one", "two", "three"])
            Assert.Equal(text, Receive(client));
        await end.CancelAsync();
        await serving.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_peer_that_refuses_its_answer_is_told_and_others_are_answered()
    {
        // A Unix peer whose path is gone: sendmmsg says ENOENT for that one. A name without a path would live on in a child that is being started meanwhile.
        var log = new EventLog();
        var address = new UnixDomainSocketEndPoint("\0soket-engine-" + Guid.NewGuid().ToString("N"));
        var service = new Gate();
        await using IDatagramSocket socket = LinuxDatagramSocket.Bind(address, new() { Events = new SocketEvents(log) });
        using var end = new CancellationTokenSource();
        Task serving = new DatagramMessageLoop(service, new DatagramRules()).ServeAsync(socket, end.Token);
        using Socket first = Unix(address), gone = Unix(address, Path.Combine(Path.GetTempPath(), $"soket-peer-{Guid.NewGuid():N}")), last = Unix(address);
        Send(first, "hold");
        await service.Entered.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
        Send(gone, "who?");
        Send(last, "last");
        gone.Dispose();
        service.Open();
        Assert.Equal("hold", Receive(first));
        Assert.Equal("last", Receive(last));
        await log.UntilAsync(told => told is { Call: SocketCall.SendTo, Failure.Error.Name: "ENOENT" });
        await end.CancelAsync();
        await serving.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Several_sockets_share_a_port_only_where_that_was_asked_for()
    {
        await using var plain = new Served(new Gate());
        plain.Gate.Open();
        Assert.Equal("EADDRINUSE", Assert.Throws<SocketFailure>(() => LinuxDatagramSocket.Bind(plain.Address, new())).Error.Name);

        SocketOption reuse = SocketOptions.Find("SO_REUSEPORT")!;
        await using var shared = new Served(new Gate(), options: new() { Options = [new(reuse, 1)] });
        shared.Gate.Open();
        int sockets = Environment.ProcessorCount;
        await shared.Log.UntilAsync(all => all.Count(told => told.Event.Call == SocketCall.Bind) == sockets);
        // Senders are dealt out by their addresses: each is answered, whoever got it.
        for (int i = 0; i < 40; i++)
        {
            using Socket client = shared.Connect();
            Send(client, $"client {i}");
            Assert.Equal($"client {i}", Receive(client));
        }

        Assert.InRange(shared.Log.All.Where(told => told.Event.Call == SocketCall.ReceiveFrom).Select(told => told.Event.Connection).Distinct().Count(), Math.Min(2, sockets), sockets);
    }

    [Fact]
    public async Task Stopping_and_closing_end_the_wait()
    {
        IDatagramSocket socket = LinuxDatagramSocket.Bind(Any, new());
        Task serving = new DatagramMessageLoop(new EchoService(), new DatagramRules()).ServeAsync(socket, CancellationToken.None);
        await socket.DisposeAsync();
        await serving.WaitAsync(Conversations.Patience, TestContext.Current.CancellationToken);
    }

    private static Socket Unix(EndPoint to, string? name = null)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        socket.Bind(new UnixDomainSocketEndPoint(name ?? "\0soket-peer-" + Guid.NewGuid().ToString("N")));
        socket.Connect(to);
        return socket;
    }

    private static void Send(Socket socket, string text) => socket.Send(Encoding.ASCII.GetBytes(text));

    private static string Receive(Socket socket)
    {
        byte[] room = new byte[2000];
        return Encoding.ASCII.GetString(room, 0, socket.Receive(room));
    }

    // Echo that waits with the first datagram until it is let go on, so that others gather behind it.
    private sealed class Gate : IMessageService
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Entered => _entered.Task;

        public void Open() => _open.TrySetResult();

        public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
        {
            _entered.TrySetResult();
            _open.Task.Wait(Conversations.Patience);
            if (message.ToArray().AsSpan().SequenceEqual("throw"u8))
                throw new InvalidDataException("bad datagram");
            reply.Write(message.ToArray());
            return true;
        }
    }

    private sealed class Served : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly IDatagramSocket _socket;
        private readonly Task _serving;

        public Served(Gate gate, int maxDatagram = 65_535, string address = "127.0.0.1", ManagedTransportOptions? options = null)
        {
            Gate = gate;
            _socket = LinuxDatagramSocket.Bind(new IPEndPoint(IPAddress.Parse(address), 0), (options ?? new()) with { Events = new SocketEvents(Log) });
            _serving = new DatagramMessageLoop(gate, new DatagramRules { MaxDatagram = maxDatagram }).ServeAsync(_socket, _end.Token);
        }

        public Gate Gate { get; }

        public EventLog Log { get; } = new();

        public EndPoint Address => _socket.LocalEndPoint;

        public Socket Connect()
        {
            var client = new Socket(Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
            client.Bind(new IPEndPoint(((IPEndPoint)Address).Address, 0));
            client.Connect(Address);
            return client;
        }

        public async ValueTask DisposeAsync()
        {
            Gate.Open();
            await _end.CancelAsync();
            await _serving.WaitAsync(Conversations.Patience);
            await _socket.DisposeAsync();
            _end.Dispose();
        }
    }
}
