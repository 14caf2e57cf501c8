using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Soket.Explain;
using Soket.Linux.Engine;
using Soket.Transports;
using Xunit;

namespace Soket.Linux.Tests.Engine;

/// <summary>The loop on a kernel that makes all the trouble there is.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    public void What_is_sent_comes_back_whole_and_in_order_whatever_the_kernel_does(int eventSize)
    {
        var made = new Dictionary<string, int>();
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed =>
        {
            var loop = new FakeLoop(seed, Layout(eventSize));
            EchoEverything(loop);
            foreach ((string trouble, int times) in loop.Kernel.Made)
                made[trouble] = made.GetValueOrDefault(trouble) + times;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
        Assert.Equal(
            [
                "EAGAIN of accept", "EAGAIN of recv", "EAGAIN of send", "ECONNABORTED", "EINTR of accept", "EINTR of close", "EINTR of epoll_wait", "EINTR of recv",
                "EINTR of send", "EMFILE", "ENOBUFS of accept", "ENOBUFS of send", "late event", "short recv", "short send",
            ],
            made.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    public void Every_descriptor_is_closed_once_and_every_stream_told_once_however_it_ends(int eventSize) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => EndInEveryWay(new FakeLoop(seed, Layout(eventSize)))).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Accepting_goes_on_when_a_descriptor_becomes_free_and_is_told_once()
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        var streams = new List<SeenStream>();
        int failed = 0;
        int resumed = 0;
        loop.Listen(() => Added(streams), more: new() { Create = null!, AcceptFailed = _ => failed++, AcceptResumed = () => resumed++, BackOff = TimeSpan.FromHours(1) });
        loop.Turn();
        loop.Kernel.Limit = loop.Kernel.Open + 2;
        FakePeer[] peers = [.. Enumerable.Range(0, 5).Select(_ => loop.Kernel.Connect())];
        loop.Turn(20);
        Assert.Equal((2, 1, 0), (streams.Count, failed, resumed));

        peers[0].End();
        loop.TurnUntil(() => streams.Count == 3, "the third is accepted");
        loop.Turn(20);
        Assert.Equal((3, 2, 1), (streams.Count, failed, resumed));
    }

    [Fact]
    public void A_listener_out_of_descriptors_rests_and_tries_again_by_itself()
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        var streams = new List<SeenStream>();
        SocketFailure? told = null;
        loop.Listen(() => Added(streams), more: new() { Create = null!, AcceptFailed = failure => told = failure });
        loop.Turn();
        int limit = loop.Kernel.Limit;
        loop.Kernel.Limit = 0;
        loop.Kernel.Connect();
        loop.Turn();
        Assert.Equal(SocketCall.Accept, told!.Call);
        Assert.Contains(told.Error.Name, (string[])["EMFILE", "ENFILE"]);
        long before = loop.Kernel.Time;
        loop.Turn();
        Assert.InRange(loop.Kernel.Time - before, 90_000_000, 110_000_000); // it slept: no tight loop
        loop.Kernel.Limit = limit;
        loop.TurnUntil(() => streams.Count == 1, "accepted");
    }

    [Theory]
    [InlineData(22, true)]   // EINVAL: it listens no more, since who shares it has shut it down
    [InlineData(103, false)] // ECONNABORTED: of one connection
    [InlineData(71, false)]  // EPROTO, likewise
    public void Only_errors_of_a_single_connection_are_passed_over(int error, bool rests)
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        SocketFailure? told = null;
        loop.Listen(() => new SeenStream(), more: new() { Create = null!, AcceptFailed = failure => told = failure });
        loop.Turn();
        loop.Kernel.AcceptFails = error;
        loop.Kernel.Connect();
        long before = loop.Kernel.Time;
        loop.Turn(10);
        Assert.Equal(rests, told is not null);
        Assert.Equal(rests, loop.Kernel.Time > before);
    }

    [Fact]
    public void A_late_event_of_a_closed_connection_does_not_reach_the_one_that_has_its_descriptor_now()
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        var streams = new List<SeenStream>();
        loop.Listen(() => Added(streams));
        FakePeer first = loop.Kernel.Connect();
        loop.TurnUntil(() => streams.Count == 1, "the first is accepted");
        int descriptor = streams[0].Descriptor;
        ulong late = loop.Loop.Slots.Identity(streams[0]);
        first.Reset();
        loop.TurnUntil(() => streams[0].Closings == 1, "the first has ended");

        loop.Kernel.Connect();
        loop.TurnUntil(() => streams.Count == 2, "the second is accepted");
        Assert.Equal(descriptor, streams[1].Descriptor);
        Assert.Null(loop.Loop.Slots.Find(late));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(111)] // ECONNREFUSED
    [InlineData(110)] // ETIMEDOUT
    [InlineData(-1)]  // no answer at all
    public void A_connect_ends_one_way_or_the_other(int error)
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        int before = loop.Kernel.Open;
        FakePeer? peer = null;
        loop.Kernel.Connects = connecting => peer = connecting;
        var stream = new SeenStream { Opens = opened => opened.Send("hello"u8) };
        loop.Loop.Connect(stream, new IPEndPoint(IPAddress.Loopback, 9), timeout: TimeSpan.FromSeconds(3));
        Assert.False(stream.Send("early "u8)); // waits for the connection
        loop.Turn(1);
        if (error == 0)
        {
            peer!.Accepted();
            loop.TurnUntil(() => peer.FromServer.Count == 11, "sent");
            Assert.Equal("early hello"u8.ToArray(), peer.Read(100));
            peer.End();
            loop.TurnUntil(() => stream.Closings == 1, "ended");
            Assert.Null(stream.Failure);
        }
        else
        {
            if (error > 0)
                peer!.RefusedWith(error);
            loop.TurnUntil(() => stream.Closings == 1, "ended");
            SocketFailure failure = stream.Failure!;
            Assert.Equal((SocketCall.Connect, error == 111 ? "ECONNREFUSED" : "ETIMEDOUT"), (failure.Call, failure.Error.Name));
            Assert.Equal("127.0.0.1:9", failure.Context.Remote!.ToString());
            Assert.False(stream.Opened.Task.IsCompleted);
        }

        Assert.Equal(before, loop.Kernel.Open);
        Assert.Empty(loop.Kernel.Wrong);
        Assert.Null(stream.Broken);
    }

    [Fact]
    public void A_peer_that_takes_nothing_does_not_hold_up_the_close_for_ever()
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        var streams = new List<SeenStream>();
        loop.Listen(() => Added(streams), new ManagedTransportOptions { CloseTimeout = TimeSpan.FromSeconds(2) });
        FakePeer peer = loop.Kernel.Connect();
        loop.TurnUntil(() => streams.Count == 1, "accepted");
        loop.Do(() =>
        {
            Assert.False(streams[0].Send(new byte[5000]));
            streams[0].Close();
        });
        long started = loop.Kernel.Time;
        loop.Turn();
        Assert.Equal(0, streams[0].Closings);
        peer.Read(500);
        loop.TurnUntil(() => streams[0].Closings == 1, "closed");
        Assert.InRange(loop.Kernel.Time - started, 3_900_000_000, 4_100_000_000); // it had taken some within the first two seconds
        Assert.Null(streams[0].Failure);
    }

    [Fact]
    public void What_the_peer_still_sends_after_our_end_is_read_so_that_no_reset_overtakes_our_last_bytes()
    {
        var loop = new FakeLoop(1, EpollLayout.Here);
        loop.Kernel.Trouble = 0;
        var streams = new List<SeenStream>();
        loop.Listen(() => Added(streams, (stream, _) =>
        {
            stream.Send("enough"u8);
            stream.Close();
        }));
        FakePeer peer = loop.Kernel.Connect();
        peer.Write(new byte[100_000]);
        for (int i = 0; i < 1000 && !peer.ServerEnded; i++)
            loop.Turn();
        peer.Write(new byte[100_000]);
        peer.End();
        loop.TurnUntil(() => peer.ServerClosed == 1, "closed");
        Assert.False(peer.ServerReset);
        Assert.Equal("enough"u8.ToArray(), peer.Read(100));
        Assert.InRange(streams[0].Received.Length, 1, 64 * 1024); // nothing is delivered after Close
        Assert.Equal(200_000, streams[0].BytesReceived);
    }

    private static EpollLayout Layout(int size) => size == 12 ? EpollLayout.Packed : EpollLayout.Aligned;

    private static SeenStream Added(List<SeenStream> streams, Action<SeenStream, byte[]>? receives = null)
    {
        var stream = new SeenStream { Receives = receives };
        streams.Add(stream);
        return stream;
    }

    private static void EchoEverything(FakeLoop loop)
    {
        int before = loop.Kernel.Open;
        var streams = new List<SeenStream>();
        LoopListener listener = loop.Listen(() =>
        {
            var stream = new SeenStream
            {
                Receives = static (stream, bytes) =>
                {
                    if (!stream.Send(bytes))
                        stream.PauseReceiving();
                },
                Drains = static stream => stream.ResumeReceiving(),
            };
            streams.Add(stream);
            return stream;
        });
        int count = 1 + loop.Random.Next(6);
        loop.Kernel.Room = 1 + loop.Random.Next(3000);
        var peers = new List<(FakePeer Peer, byte[] Sends, List<byte> Got)>();
        for (int i = 0; i < count; i++)
        {
            if (loop.Random.Next(3) == 0)
                loop.Kernel.ConnectAndVanish();
            // Where there is room for a byte or two at a time, not so many that the turns do not suffice.
            byte[] sends = new byte[loop.Random.Next(Math.Min(20_000, 500 * loop.Kernel.Room))];
            loop.Random.NextBytes(sends);
            peers.Add((loop.Kernel.Connect(), sends, []));
        }

        int[] sent = new int[count];
        loop.TurnUntil(() =>
        {
            int i = loop.Random.Next(count);
            (FakePeer peer, byte[] sends, List<byte> got) = peers[i];
            int piece = Math.Min(loop.Random.Next(3000), sends.Length - sent[i]);
            peer.Write(sends.AsSpan(sent[i], piece));
            sent[i] += piece;
            if (sent[i] == sends.Length)
                peer.End();
            got.AddRange(peer.Read(loop.Random.Next(2000)));
            return peers.All(one => one.Peer.ServerClosed > 0 && one.Peer.FromServer.Count == 0);
        }, "everything was echoed and closed");

        Assert.All(peers, one =>
        {
            Assert.Equal(one.Sends, one.Got);
            Assert.Equal((1, false), (one.Peer.ServerClosed, one.Peer.ServerReset));
        });
        AssertEnded(loop, streams, count, before, listener);
        Assert.All(streams, stream => Assert.Null(stream.Failure));
    }

    // Peers that send, end, reset and vanish; a server that closes, aborts, half-closes, throws and times out, each when it likes.
    private static void EndInEveryWay(FakeLoop loop)
    {
        int before = loop.Kernel.Open;
        var streams = new List<SeenStream>();
        Random random = loop.Random;
        void Perhaps(SeenStream stream)
        {
            switch (random.Next(12))
            {
                case 0:
                    stream.Close();
                    break;
                case 1:
                    stream.Abort();
                    break;
                case 2:
                    stream.ShutdownSend();
                    break;
                case 3:
                    throw new InvalidDataException("a service that fails");
                case 4:
                    stream.SetTimeout(TimeSpan.FromMilliseconds(random.Next(100)));
                    break;
                case 5:
                    stream.PauseReceiving();
                    stream.SetTimeout(TimeSpan.FromMilliseconds(50));
                    break;
                case 6:
                    streams[random.Next(streams.Count)].Abort(); // somebody else's, whose event may be next
                    break;
                case 7:
                    streams[random.Next(streams.Count)].Send(new byte[random.Next(5000)]);
                    break;
                default:
                    stream.Send(new byte[random.Next(500)]);
                    break;
            }
        }

        LoopListener listener = loop.Listen(() =>
        {
            var stream = new SeenStream
            {
                Opens = Perhaps,
                Receives = (stream, _) => Perhaps(stream),
                Ends = stream =>
                {
                    stream.Close();
                    Perhaps(stream);
                },
                Drains = Perhaps,
                TimesOut = stream =>
                {
                    stream.ResumeReceiving();
                    Perhaps(stream);
                },
            };
            streams.Add(stream);
            return stream;
        });
        loop.Kernel.Limit = loop.Kernel.Open + 1 + random.Next(6);
        loop.Kernel.Room = 1 + random.Next(1000);
        int count = 3 + random.Next(10);
        var peers = new List<FakePeer>();
        for (int i = 0; i < 600; i++)
        {
            if (peers.Count < count && random.Next(5) == 0)
                peers.Add(loop.Kernel.Connect());
            if (peers.Count > 0)
            {
                FakePeer peer = peers[random.Next(peers.Count)];
                switch (random.Next(30))
                {
                    case 0:
                        peer.End();
                        break;
                    case 1:
                        peer.Reset();
                        break;
                    case > 10 when !peer.HasEnded:
                        peer.Write(new byte[random.Next(300)]);
                        break;
                    default:
                        peer.Read(random.Next(500));
                        break;
                }
            }

            loop.Turn();
        }

        while (peers.Count < count)
            peers.Add(loop.Kernel.Connect());
        loop.TurnUntil(() =>
        {
            foreach (FakePeer peer in peers)
            {
                peer.End();
                peer.Read(1000);
            }

            // A half-close of its own, or a pause without a time-out, leaves a stream standing for as long as its owner likes.
            if (streams.Count == count)
                loop.Do(() => streams.ForEach(stream => stream.Close()));
            return streams.Count == count && streams.TrueForAll(stream => stream.Closings > 0);
        }, "everything has ended");
        Assert.All(peers, peer => Assert.Equal(1, peer.ServerClosed));
        AssertEnded(loop, streams, count, before, listener);
    }

    private static void AssertEnded(FakeLoop loop, List<SeenStream> streams, int count, int before, LoopListener listener)
    {
        Assert.Equal(count, streams.Count);
        Assert.All(streams, stream => Assert.Equal((1, (string?)null), (stream.Closings, stream.Broken)));
        Task closing = listener.DisposeAsync().AsTask();
        loop.TurnUntil(() => loop.Kernel.Open == before, "the listener is closed");
        loop.Turn(20);
        Assert.False(closing.IsFaulted);
        Assert.Equal(before, loop.Kernel.Open);
        Assert.Empty(loop.Kernel.Wrong);
        Assert.Equal(0, loop.Loop.Slots.Count);
        Assert.Equal(0, loop.Loop.Timers.Count);
    }
}
