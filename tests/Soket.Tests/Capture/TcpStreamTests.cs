using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Capture;
using Xunit;

namespace Soket.Tests.Capture;

public sealed class TcpStreamTests
{
    [Fact]
    public void Segments_in_any_order_give_the_bytes_in_theirs()
    {
        var stream = new TcpStream(1);
        Assert.True(stream.Write(7, "world"u8));
        Assert.Equal((0, 5), (stream.Ready.Length, stream.Waiting));
        Assert.True(stream.Write(1, "hello "u8));
        Assert.Equal("hello world", Text(stream));
        Assert.Equal((12, 0), (stream.Next, stream.Waiting));
    }

    [Fact]
    public void What_was_captured_first_stays_and_the_conflict_is_told()
    {
        var stream = new TcpStream(1);
        stream.Write(1, "abc"u8);
        Assert.False(stream.Write(2, "XYZ"u8));
        Assert.Equal("abcZ", Text(stream));
        stream.Write(7, "gh"u8);
        Assert.False(stream.Write(5, "efG"u8));
        Assert.Equal("abcZefgh", Text(stream));
    }

    [Fact]
    public void What_was_taken_is_still_compared()
    {
        var stream = new TcpStream(1);
        stream.Write(1, "abc"u8);
        stream.Take(3);
        Assert.True(stream.Write(1, "abc"u8));
        Assert.False(stream.Write(1, "abd"u8));
        Assert.Equal(0, stream.Ready.Length);
    }

    [Fact]
    public void Bytes_that_nobody_wants_pass_by_and_those_behind_them_do_not()
    {
        var stream = new TcpStream(1);
        stream.Write(1, "head"u8);
        stream.Take(4 + 6);
        Assert.Equal(6, stream.Passing);
        stream.Write(5, "body"u8);
        Assert.Equal((2, 0), (stream.Passing, stream.Ready.Length));
        stream.Write(9, "..next"u8);
        Assert.Equal("next", Text(stream));
        Assert.Equal(0, stream.Passing);
    }

    [Fact]
    public void A_gap_that_is_given_up_loses_what_it_lacks_and_what_was_to_pass_by_is_no_loss()
    {
        var stream = new TcpStream(1);
        stream.Write(1, "ab"u8);
        stream.Write(6, "fg"u8);
        Assert.Equal(3, stream.GiveUpGap());
        Assert.Equal("fg", Text(stream));
        stream.Take(2 + 10);
        Assert.Equal(0, stream.GiveUp(15));
        Assert.Equal(3, stream.Passing);
        stream.Write(15, "xyz!"u8);
        Assert.Equal("!", Text(stream));
        Assert.Equal(3 + 7, stream.Lost);
    }

    [Fact]
    public void Giving_up_takes_what_waits_in_between()
    {
        var stream = new TcpStream(1);
        stream.Write(3, "c"u8);
        stream.Write(6, "f"u8);
        Assert.Equal(2 + 2, stream.GiveUp(6));
        Assert.Equal("f", Text(stream));
    }

    [Fact]
    public void Memory_has_a_limit_whatever_comes()
    {
        var stream = new TcpStream(1, limit: 1000);
        byte[] block = new byte[500];
        for (int i = 0; i < 1000; i++)
        {
            stream.Write(10_000 + (i * 600), block);
            while (stream.IsFull)
                stream.GiveUpGap();
            stream.Take(stream.Ready.Length);
            Assert.InRange(stream.Held, 0, 200_000);
        }

        for (int i = 0; i < 1000; i++)
        {
            stream.Write(stream.Next, block);
            stream.Take(stream.Ready.Length);
            Assert.InRange(stream.Held, 0, 200_000);
        }
    }

    [Fact]
    public void However_a_stream_is_cut_repeated_and_mixed_it_comes_out_as_it_was() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(Pieces.ToArbitrary(), pieces =>
        {
            byte[] whole = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 7))];
            var stream = new TcpStream(1);
            var read = new List<byte>();
            foreach ((int from, int length) in pieces.Append((0, 200)))
            {
                int to = Math.Min(200, from + length);
                if (!stream.Write(1 + from, whole.AsSpan(from, to - from)))
                    return false;
                // Taken in pieces as well.
                int take = stream.Ready.Length / 2;
                read.AddRange(stream.Ready[..take].ToArray());
                stream.Take(take);
            }

            read.AddRange(stream.Ready.ToArray());
            return read.SequenceEqual(whole) && stream.Waiting == 0;
        }));

    private static Gen<(int From, int Length)[]> Pieces =>
        (from at in Gen.Choose(0, 199) from length in Gen.Choose(0, 60) select (at, length)).ArrayOf();

    private static string Text(TcpStream stream) => Encoding.Latin1.GetString(stream.Ready.Span);
}
