using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Relay;
using Soket.Tests.Hosting;
using Xunit;

namespace Soket.Tests.Relay;

/// <summary>A relay of datagrams whose clock a test moves.</summary>
public sealed class DatagramRelayTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_hears_that_a_sender_is_forgotten_finds_room_for_the_next_who_may_be_the_same(bool isSame)
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Peer.Patience.TotalMilliseconds };
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var time = new ManualTime();
        var log = new Log();
        var relay = new SocketRelay(new RelayOptions { Target = SocketUri.FromEndPoint(SocketScheme.Udp, target.LocalEndPoint!), MaxSessions = 1, SessionIdle = TimeSpan.FromSeconds(1), Time = time, Observer = log });
        await using SocketServer server = await Servers.New().Listen("udp://127.0.0.1:0", relay.Service).StartAsync(TestContext.Current.CancellationToken);
        using Socket one = Peer.Datagrams(server.Endpoints[0].Actual), two = Peer.Datagrams(server.Endpoints[0].Actual);
        log.WhenClosed = () =>
        {
            (isSame ? one : two).Send("lagi"u8);
            return Hear();
        };

        one.Send("satu"u8);
        Assert.Equal("satu", Hear());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("lagi", await log.Heard.Task.WaitAsync(Peer.Patience, TestContext.Current.CancellationToken));
        Assert.Equal((2, 0), (relay.Totals.Sessions, relay.Totals.Dropped));

        string Hear()
        {
            byte[] room = new byte[100];
            return Encoding.ASCII.GetString(room, 0, target.Receive(room));
        }
    }

    private sealed class Log : IRelayObserver
    {
        public Func<string>? WhenClosed { get; set; }

        public TaskCompletionSource<string> Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Connected(RelaySession session)
        {
        }

        public void NotConnected(RelaySession session, SocketFailure failure)
        {
        }

        public ValueTask DataAsync(RelaySession session, RelayDirection direction, ReadOnlySequence<byte> bytes) => default;

        public void Closed(RelaySession session, RelayEnd end)
        {
            if (session.Id != 1 || Heard.Task.IsCompleted)
                return;
            try
            {
                Heard.SetResult(WhenClosed!());
            }
            catch (SocketException e)
            {
                Heard.SetException(e);
            }
        }

        public void Dropped(EndPoint? client, string reason)
        {
        }
    }
}
