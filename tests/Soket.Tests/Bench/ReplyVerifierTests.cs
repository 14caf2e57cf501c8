using System.Buffers;
using System.Text;
using Soket.Bench;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>What a reply has to be is looked at to its last byte.</summary>
public sealed class ReplyVerifierTests
{
    [Theory]
    [InlineData("halo", "halo", true)]
    [InlineData("halo", "hala", false)]
    [InlineData("halo", "hal", false)]
    [InlineData("halo", "haloo", false)]
    [InlineData("", "", true)]
    public void An_echo_is_what_was_sent(string sent, string reply, bool right)
    {
        Assert.Equal(right, ReplyVerifier.Echo.IsRight(Encoding.UTF8.GetBytes(sent), Whole(reply)));
        Assert.Equal(right, ReplyVerifier.Echo.IsRight(Encoding.UTF8.GetBytes(sent), InPieces(reply)));
        Assert.True(ReplyVerifier.Echo.NeedsSent);
        Assert.Equal(4, ReplyVerifier.Echo.ReplyLength(4));
    }

    [Fact]
    public void The_others_look_at_what_they_say()
    {
        Assert.True(ReplyVerifier.OfLength(3).IsRight(default, InPieces("abc")));
        Assert.False(ReplyVerifier.OfLength(3).IsRight(default, Whole("abcd")));
        Assert.True(ReplyVerifier.OfText("baik").IsRight(default, InPieces("baik")));
        Assert.False(ReplyVerifier.OfText("baik").IsRight(default, Whole("baik\n")));
        Assert.True(ReplyVerifier.OfRegex("^2[0-9]{2} ").IsRight(default, InPieces("250 siap")));
        Assert.False(ReplyVerifier.OfRegex("^2[0-9]{2} ").IsRight(default, Whole("550 tidak")));
        Assert.True(ReplyVerifier.None.IsRight(default, Whole("apa saja")));
        Assert.Equal([3, 4, -1, 9], [ReplyVerifier.OfLength(3).ReplyLength(9), ReplyVerifier.OfText("baik").ReplyLength(9), ReplyVerifier.OfRegex("a").ReplyLength(9), ReplyVerifier.None.ReplyLength(9)]);
    }

    [Fact]
    public void A_pattern_that_could_take_for_ever_is_refused() => Assert.ThrowsAny<Exception>(() => ReplyVerifier.OfRegex("(a)\\1"));

    private static ReadOnlySequence<byte> Whole(string text) => new(Encoding.UTF8.GetBytes(text));

    private static ReadOnlySequence<byte> InPieces(string text)
    {
        if (text.Length < 2)
            return Whole(text);
        var first = new Piece(Encoding.UTF8.GetBytes(text[..1]), 0);
        Piece last = first.Then(Encoding.UTF8.GetBytes(text[1..]));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long at) => (Memory, RunningIndex) = (bytes, at);

        public Piece Then(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
