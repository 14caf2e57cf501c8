using System.Text;
using Soket.Chat.Internal;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>Numbered datagrams on a network that loses, doubles and turns them around; its clock is the test's own.</summary>
public sealed class NumberedLinkTests
{
    [Fact]
    public void What_is_lost_doubled_or_turned_around_arrives_once_and_in_order()
    {
        for (int seed = 1; seed <= 100; seed++)
            Run(seed);
    }

    private static void Run(int seed)
    {
        const int Count = 60;
        var random = new Random(seed);
        NumberedLink[] ends = [new("0011223344556677"), new("0011223344556677")];
        List<string>[] got = [[], []];
        int[] sent = [0, 0];
        var network = new List<(int To, byte[] Datagram)>();
        TimeSpan now = TimeSpan.Zero;
        for (int step = 0; got.Any(list => list.Count < Count); step++)
        {
            Assert.True(step < 20_000, $"seed {seed}: {got[0].Count} and {got[1].Count} of {Count} arrived");
            now += TimeSpan.FromMilliseconds(10);
            for (int end = 0; end < 2; end++)
            {
                if (sent[end] < Count && ends[end].HasRoom && random.Next(3) == 0)
                    Put(1 - end, ends[end].Send(Encoding.UTF8.GetBytes($"{end}-{sent[end]++}"), now));
                foreach (byte[] again in ends[end].Due(now).ToArray())
                    Put(1 - end, again);
            }

            for (int i = 0; i < 3 && network.Count > 0; i++)
            {
                int which = random.Next(network.Count);
                (int to, byte[] datagram) = network[which];
                network.RemoveAt(which);
                Assert.True(NumberedDatagram.TryRead(datagram, out NumberedDatagram? read));
                var came = new List<ReadOnlyMemory<byte>>();
                if (ends[to].Receive(read, came))
                    Put(1 - to, ends[to].Ack());
                got[to].AddRange(came.Select(line => Encoding.UTF8.GetString(line.Span)));
            }

            Assert.False(ends[0].IsDead(now) || ends[1].IsDead(now), $"seed {seed}: dead at {now}");
        }

        for (int end = 0; end < 2; end++)
            Assert.Equal([.. Enumerable.Range(0, Count).Select(i => $"{1 - end}-{i}")], got[end]);

        void Put(int to, byte[] datagram)
        {
            int copies = random.Next(10) switch { < 2 => 0, 2 => 2, _ => 1 };
            for (int i = 0; i < copies; i++)
                network.Add((to, datagram));
        }
    }

    [Fact]
    public void Nobody_there_is_noticed_and_what_waits_is_bounded()
    {
        var link = new NumberedLink("0011223344556677");
        TimeSpan now = TimeSpan.Zero;
        int sent = 0;
        for (; link.HasRoom; sent++)
            link.Send("x"u8.ToArray(), now);
        Assert.Equal(32, sent);
        int again = 0;
        for (; !link.IsDead(now); now += TimeSpan.FromMilliseconds(50))
            again += link.Due(now).Count();
        Assert.InRange(now, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30));
        Assert.InRange(again, 32 * 5, 32 * 20);
    }

    [Fact]
    public void What_comes_early_takes_a_bounded_place_and_the_rest_comes_again()
    {
        NumberedLink sender = new("0011223344556677"), receiver = new("0011223344556677");
        byte[][] sent = [.. Enumerable.Range(0, 32).Select(_ => sender.Send(new byte[16 * 1024], TimeSpan.Zero))];
        var came = new List<ReadOnlyMemory<byte>>();
        foreach (byte[] early in sent[1..])
            Take(early);
        Assert.Empty(came);
        Take(sent[0]);
        Assert.Equal(5, came.Count); // itself, and 64 KiB
        foreach (byte[] again in sent)
            Take(again);
        Assert.Equal(32, came.Count);

        void Take(byte[] datagram)
        {
            Assert.True(NumberedDatagram.TryRead(datagram, out NumberedDatagram? read));
            Assert.True(receiver.Receive(read, came));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("soket-chat/1 ")]
    [InlineData("soket-chat/1 0011223344556677 1 0 -")]
    [InlineData("soket-chat/1 short 1 0 -\n{}")]
    [InlineData("soket-chat/1 0011223344556677 -1 0 -\n{}")]
    [InlineData("soket-chat/1 0011223344556677 99999999999999999999 0 -\n{}")]
    [InlineData("soket-chat/1 0011223344556677 1 0\n{}")]
    [InlineData("halo")]
    public void What_is_no_such_datagram_is_none(string text) => Assert.False(NumberedDatagram.TryRead(Encoding.UTF8.GetBytes(text), out _));
}
