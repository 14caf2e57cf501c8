using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Events;
using Soket.Explain;
using Soket.Services;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Services;

public sealed class DatagramTests
{
    private static readonly EndPoint[] Own =
    [
        new IPEndPoint(IPAddress.Loopback, 7000), new IPEndPoint(IPAddress.Any, 7001), new IPEndPoint(IPAddress.IPv6Any, 7002), new IPEndPoint(IPAddress.Parse("fe80::1%3"), 7003),
    ];

    public static TheoryData<string> Names => [.. ServiceCatalog.All.Select(entry => entry.Name)];

    [Theory]
    [InlineData("192.0.2.1:40000", DatagramVerdict.Answer)]
    [InlineData("192.0.2.1:0", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:7", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:9", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:11", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:13", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:17", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:19", DatagramVerdict.ServicePort)]
    [InlineData("[2001:db8::1]:37", DatagramVerdict.ServicePort)]
    [InlineData("192.0.2.1:53", DatagramVerdict.Answer)]
    [InlineData("127.0.0.1:7000", DatagramVerdict.OwnEndpoint)]
    [InlineData("[::ffff:127.0.0.1]:7000", DatagramVerdict.OwnEndpoint)]
    [InlineData("127.0.0.2:7000", DatagramVerdict.Answer)]
    [InlineData("127.0.0.2:7001", DatagramVerdict.OwnEndpoint)]
    [InlineData("198.51.100.9:7001", DatagramVerdict.OwnEndpoint)]
    [InlineData("192.0.2.1:7001", DatagramVerdict.Answer)]
    [InlineData("[::1]:7002", DatagramVerdict.OwnEndpoint)]
    [InlineData("[fe80::1%9]:7003", DatagramVerdict.OwnEndpoint)]
    [InlineData("[fe80::2%3]:7003", DatagramVerdict.Answer)]
    [InlineData("255.255.255.255:5000", DatagramVerdict.ManyReceivers)]
    [InlineData("224.0.0.1:5000", DatagramVerdict.ManyReceivers)]
    [InlineData("0.0.0.0:5000", DatagramVerdict.ManyReceivers)]
    [InlineData("[ff02::1]:5000", DatagramVerdict.ManyReceivers)]
    [InlineData("[::]:5000", DatagramVerdict.ManyReceivers)]
    [InlineData("203.0.113.5:5000", DatagramVerdict.NotAdmitted)]
    public void A_sender_is_judged(string from, DatagramVerdict verdict)
    {
        var denied = IPAddress.Parse("203.0.113.5");
        var rules = new DatagramRules
        {
            Own = Own,
            Admits = peer => peer is not IPEndPoint ip || !ip.Address.Equals(denied),
            IsLocal = address => IPAddress.IsLoopback(address) || address.Equals(IPAddress.Parse("198.51.100.9")),
        };
        Assert.Equal(verdict, rules.Judge(IPEndPoint.Parse(from)));
    }

    [Fact]
    public void A_nameless_sender_is_told_apart_and_a_unix_socket_of_our_own_is_refused()
    {
        var rules = new DatagramRules { Own = [new UnixDomainSocketEndPoint("/tmp/own.sock")] };
        Assert.Equal(DatagramVerdict.Nameless, rules.Judge(null));
        Assert.Equal(DatagramVerdict.OwnEndpoint, rules.Judge(new UnixDomainSocketEndPoint("/tmp/own.sock")));
        Assert.Equal(DatagramVerdict.Answer, rules.Judge(new UnixDomainSocketEndPoint("/tmp/other.sock")));
        Assert.Equal(DatagramVerdict.NotAdmitted, (rules with { Admits = _ => false }).Judge(null));
    }

    [Fact]
    public void The_addresses_of_this_machine_are_known_without_being_given()
    {
        var rules = new DatagramRules { Own = [new IPEndPoint(IPAddress.Any, 7001)] };
        Assert.Equal(DatagramVerdict.OwnEndpoint, rules.Judge(new IPEndPoint(IPAddress.Loopback, 7001)));
        Assert.Equal(DatagramVerdict.Answer, rules.Judge(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 7001)));
    }

    [Fact]
    public async Task Echo_answers_each_datagram_with_itself()
    {
        var meter = new CountingMeter();
        await using var served = new ServedDatagrams(new EchoService(), meter: meter);
        foreach (int length in (int[])[0, 1, 512, 1472, 65_507])
        {
            byte[] datagram = new byte[length];
            Random.Shared.NextBytes(datagram);
            Assert.Equal(datagram, await served.AskAsync(datagram));
        }

        Assert.Equal((5, 67_492, 67_492, 0), meter.Seen);
    }

    [Theory]
    [InlineData("daytime")]
    [InlineData("time")]
    [InlineData("quote")]
    [InlineData("process")]
    [InlineData("reply")]
    public async Task An_own_reply_is_not_answered(string name)
    {
        var meter = new CountingMeter();
        await using var served = new ServedDatagrams(ServiceCatalog.Find(name)!.Create(new()).Messages!, meter: meter);
        byte[] reply = await served.AskAsync("x"u8.ToArray());
        await served.Client.SendAsync(reply);
        await served.Events.SeeAsync(e => e.Reason == "loop-refused");
        Assert.NotEmpty(await served.AskAsync("y"u8.ToArray())); // and goes on
        Assert.Equal((2, 1), (meter.Seen.Messages, meter.Seen.Refused));
    }

    [Fact]
    public async Task A_flood_of_refused_datagrams_is_told_once_in_a_while()
    {
        var meter = new CountingMeter();
        var rules = new DatagramRules { Admits = _ => false, Time = new StoppedClock(DateTimeOffset.UnixEpoch) };
        await using var served = new ServedDatagrams(new EchoService(), rules, meter);
        for (int i = 0; i < 50; i++)
            await served.Client.SendAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        await served.Client.SendAsync("last"u8.ToArray(), TestContext.Current.CancellationToken);
        await served.Events.SeeAsync(e => e.Call == SocketCall.ReceiveFrom && e.Moved == 4);
        await served.EndAsync();
        Assert.Single(served.Events.Where(e => e.Reason == "peer-refused")); // no time has passed
        Assert.InRange(meter.Seen.Refused, 50, 51);
        Assert.Equal(0, meter.Seen.Messages);
    }

    [Fact]
    public async Task A_reply_too_long_for_a_datagram_is_told_and_the_next_is_answered()
    {
        await using var served = new ServedDatagrams(new ReplyService(ReplyTemplate.Parse("{message}{message}"), TimeProvider.System));
        await served.Client.SendAsync(new byte[40_000], TestContext.Current.CancellationToken);
        SocketEvent told = await served.Events.SeeAsync(e => e.Failure is not null);
        Assert.Equal(("SOKET_MESSAGE_TOO_LARGE", "65507", "80000"), (told.Failure!.Error.Name, told.Failure.Context.Facts["limit"], told.Failure.Context.Facts["length"]));
        Assert.Equal("abab", Encoding.UTF8.GetString(await served.AskAsync("ab"u8.ToArray())));
    }

    [Fact]
    public async Task A_datagram_longer_than_the_limit_is_answered_as_far_as_it_was_taken()
    {
        await using var served = new ServedDatagrams(new EchoService(), new DatagramRules { MaxDatagram = 4 });
        Assert.Equal("Halo", Encoding.UTF8.GetString(await served.AskAsync("Halo Dunia"u8.ToArray())));
        await served.Events.SeeAsync(e => e.Reason == "truncated");
    }

    [Fact]
    public async Task A_failing_socket_does_not_end_the_service()
    {
        var socket = new FailingSocket();
        Task serving = new DatagramMessageLoop(new EchoService(), new DatagramRules()).ServeAsync(socket, CancellationToken.None);
        await serving.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b", "c"], socket.Tried);
    }

    [Fact]
    public async Task Unix_datagrams_are_answered_and_nameless_ones_are_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Unix datagram sockets with abstract names are Linux's.");
        CancellationToken token = TestContext.Current.CancellationToken;
        var address = new UnixDomainSocketEndPoint("\0soket-datagram-test-" + Guid.NewGuid());
        var events = new EventList();
        using var end = new CancellationTokenSource();
        await using IDatagramSocket socket = DatagramPlaces.Bind(address, new ManagedTransportOptions { Events = new SocketEvents(events) });
        Task serving = new DatagramMessageLoop(new EchoService(), new DatagramRules { Own = [address] }).ServeAsync(socket, end.Token);

        using var nameless = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        await nameless.SendToAsync("siapa?"u8.ToArray(), address, token);
        await events.SeeAsync(e => e.Reason == "reply-dropped");

        await using IDatagramSocket client = ManagedDatagrams.Connect(address);
        await client.SendAsync("Halo"u8.ToArray(), cancellationToken: token);
        var room = new byte[100];
        Assert.Equal(4, (await client.ReceiveAsync(room, token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), token)).Length);

        await end.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(20), token);
    }

    [Fact]
    public async Task Who_asks_and_never_reads_is_told_as_that_and_the_others_are_answered()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        int queue = await UnixQueues.ShortAsync(token);
        var address = new UnixDomainSocketEndPoint("\0soket-datagram-test-" + Guid.NewGuid());
        var events = new EventList();
        using var end = new CancellationTokenSource();
        await using IDatagramSocket socket = DatagramPlaces.Bind(address, new ManagedTransportOptions { Events = new SocketEvents(events) });
        Task serving = new DatagramMessageLoop(new EchoService(), new DatagramRules { Own = [address] }).ServeAsync(socket, end.Token);

        await using IDatagramSocket client = ManagedDatagrams.Connect(address);
        var room = new byte[100];
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint("\0soket-deaf-test-" + Guid.NewGuid()));
        for (int i = 0; i < queue + 5; i++)
            await deaf.SendToAsync("x"u8.ToArray(), address, token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), token);
        await client.SendAsync("Halo"u8.ToArray(), cancellationToken: token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), token);
        await events.SeeAsync(e => e.Reason == "reply-dropped" && e.Value!.StartsWith("peer-does-not-read", StringComparison.Ordinal));
        Assert.Equal(4, (await client.ReceiveAsync(room, token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), token)).Length);

        await end.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(20), token);
    }

    [Fact]
    public async Task Who_asks_without_end_and_never_reads_does_not_make_the_others_wait()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await UnixQueues.ShortAsync(token);
        var address = new UnixDomainSocketEndPoint("\0soket-datagram-test-" + Guid.NewGuid());
        using var end = new CancellationTokenSource();
        await using IDatagramSocket socket = DatagramPlaces.Bind(address);
        Task serving = new DatagramMessageLoop(new EchoService(), new DatagramRules { Own = [address] }).ServeAsync(socket, end.Token);

        // A tenth of a second for each would be more than the minute that is waited for the answer.
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint("\0soket-deaf-test-" + Guid.NewGuid()));
        Task asking = Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 1000; i++)
                    deaf.SendTo("x"u8, address);
            },
            token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await asking.WaitAsync(TimeSpan.FromSeconds(60), token);
        await using IDatagramSocket client = ManagedDatagrams.Connect(address);
        await client.SendAsync("Halo"u8.ToArray(), cancellationToken: token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), token);
        Assert.Equal(4, (await client.ReceiveAsync(new byte[100], token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), token)).Length);

        await end.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(20), token);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Random_datagrams_do_not_end_a_service(string name)
    {
        await using var served = new ServedDatagrams(ServiceCatalog.Find(name)!.Create(new()).Messages!);
        foreach (byte[] datagram in ArbMap.Default.ArbFor<byte[]>().Generator.Sample(50, 50))
            await served.Client.SendAsync(datagram, TestContext.Current.CancellationToken);
        await served.Client.SendAsync("last"u8.ToArray(), TestContext.Current.CancellationToken);
        await served.Events.SeeAsync(e => e.Call == SocketCall.ReceiveFrom && e.Moved == 4);
        if (name == "discard")
            Assert.Equal(0, served.Client.Available);
        else
            await served.ReceiveAsync();
    }

    // Fails now and then, as real sockets do, and closes after three datagrams.
    private sealed class FailingSocket : IDatagramSocket
    {
        private readonly Queue<object> _script = new([Failure("ECONNREFUSED"), "a", Failure("ENOBUFS"), "b", Failure("ETIMEDOUT"), "c"]);

        public List<string> Tried { get; } = [];

        public EndPoint LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public EndPoint? RemoteEndPoint => null;

        public SocketScope? Scope => null;

        public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            object next = _script.Count > 0 ? _script.Dequeue() : new ObjectDisposedException("socket");
            if (next is Exception e)
                return ValueTask.FromException<ReceivedDatagram>(e);
            return ValueTask.FromResult(new ReceivedDatagram(Encoding.UTF8.GetBytes((string)next, buffer.Span), new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5000), false));
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> datagram, EndPoint? to = null, CancellationToken cancellationToken = default)
        {
            Tried.Add(Encoding.UTF8.GetString(datagram.Span));
            return ValueTask.FromException(Failure(Tried.Count == 1 ? "EMSGSIZE" : "ECONNREFUSED"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static SocketFailure Failure(string name) => new(SocketCall.ReceiveFrom, SystemError.Own(name, "test"));
    }
}
