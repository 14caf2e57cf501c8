using System.Buffers;
using System.Text;
using Soket.Bench;
using Soket.Endpoints;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>What is kept of the first reply that is wrong.</summary>
public sealed class WrongReplyTests
{
    [Theory]
    [InlineData("nope", "halo", 0, "halo", "nope")]
    [InlineData("", "halo", 0, "halo", "")]
    [InlineData("halo", "", 0, "", "halo")]
    [InlineData("halo", "halo and more", 0, "halo and more", "halo")]
    public void A_short_one_is_kept_whole(string expected, string came, long offset, string kept, string due)
    {
        WrongReply wrong = WrongReply.Of(Encoding.UTF8.GetBytes(expected), new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(came)));
        Assert.Equal((offset, kept, due), (wrong.Offset, Encoding.UTF8.GetString(wrong.Came.Span), Encoding.UTF8.GetString(wrong.Expected.Span)));
        Assert.Equal(came.Length, wrong.Length);
        Assert.Equal(expected.Length == 0 ? null : (long?)expected.Length, wrong.ExpectedLength);
    }

    [Fact]
    public void Of_a_long_one_the_place_is_kept_where_it_goes_wrong()
    {
        byte[] expected = new byte[1000], came = new byte[1000];
        came[500] = 1;
        WrongReply wrong = WrongReply.Of(expected, new ReadOnlySequence<byte>(came));
        Assert.Equal((484, WrongReply.Most, WrongReply.Most), (wrong.Offset, wrong.Came.Length, wrong.Expected.Length));
        Assert.Equal(16, wrong.Came.Span.IndexOf((byte)1));
    }

    [Fact]
    public async Task A_worker_keeps_the_first()
    {
        int number = 0;
        var server = new LyingServer((_, _) => number++ == 0 ? "halo"u8.ToArray() : "hola"u8.ToArray());
        var plan = new BenchPlan { Endpoint = SocketUri.Parse("tcp://127.0.0.1:7"), Duration = null, WarmUp = TimeSpan.Zero, Verifier = ReplyVerifier.OfText("nope"), Count = 10 };
        BenchTally tally = await new Simulation(server).RunAsync(plan, TimeSpan.FromSeconds(1));
        Assert.Equal(0, tally.Completed);
        Assert.Equal("halo"u8, tally.WrongReply!.Came.Span);
        Assert.Equal("nope"u8, tally.WrongReply.Expected.Span);
    }
}
