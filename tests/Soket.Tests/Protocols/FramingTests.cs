using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Languages;
using Soket.Protocols.Framing;
using Soket.Services;
using Xunit;

namespace Soket.Tests.Protocols;

public sealed class FramingTests
{
    private const int Limit = 20;

    public static TheoryData<string> Framings => ["chunk", "line", "line:crlf", "length:2", "length:2:le", "length:4", "length:4:le", @"delimiter:\0", @"delimiter:\r\n", "delimiter:aab", "delimiter:aa", "fixed:1", "fixed:7"];

    public static TheoryData<string> BoundedFramings => [.. Framings.Select(row => row.Data).Where(text => text != "chunk")];

    [Theory]
    [MemberData(nameof(Framings))]
    public void A_framing_is_written_as_it_is_read(string text)
    {
        Assert.True(Framing.TryParse(text, Limit, out Framing? framing, out _));
        Assert.Equal(text, framing.Name);
    }

    [Theory]
    [InlineData("lines", "name-unknown")]
    [InlineData("", "name-unknown")]
    [InlineData("line:cr", "option-unknown")]
    [InlineData("chunk:5", "option-unknown")]
    [InlineData("length:3", "length-invalid")]
    [InlineData("length:2:xx", "length-invalid")]
    [InlineData("delimiter", "delimiter-missing")]
    [InlineData("delimiter:", "delimiter-missing")]
    [InlineData(@"delimiter:\q", "escape-invalid")]
    [InlineData(@"delimiter:\x1", "escape-invalid")]
    [InlineData(@"delimiter:a\", "escape-invalid")]
    [InlineData("delimiter:0123456789012345678901234567890123456789012345678901234567890123456789", "delimiter-too-long")]
    [InlineData("fixed", "size-invalid")]
    [InlineData("fixed:0", "size-invalid")]
    [InlineData("fixed:-1", "size-invalid")]
    [InlineData("fixed:21", "size-over-limit")]
    public void A_mistake_is_named_and_a_right_one_is_shown(string text, string key)
    {
        Assert.False(Framing.TryParse(text, Limit, out _, out FramingError? error));
        Assert.Equal(key, error.Key);
        Assert.True(Framing.TryParse(error.Example, Limit, out _, out _));
        Assert.Contains(error.Example, error.Describe(Language.English), StringComparison.Ordinal);
        Assert.Contains(error.Example, error.Describe(Language.Indonesian), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("line", "a\nbc\r\n\nd", "a|bc||d")]
    [InlineData("line", "a\r\r\nb\rc\r", "a\r|b\rc\r")]
    [InlineData(@"delimiter:\0", "a\0\0b\0", "a||b")]
    [InlineData(@"delimiter:\r\n", "a\r\r\nb\nc\r\n", "a\r|b\nc")]
    [InlineData("delimiter:aab", "xaaabyaab", "xa|y")]
    [InlineData("fixed:2", "abcd", "ab|cd")]
    [InlineData("length:2", "\0\u0001a\0\0\0\u0002bc", "a||bc")]
    [InlineData("length:4:le", "\u0001\0\0\0a", "a")]
    public void Messages_are_cut_where_they_end(string framing, string stream, string messages)
    {
        (List<byte[]> cut, FramingResult last) = Cut(Parse(framing), Encoding.Latin1.GetBytes(stream), []);
        Assert.Equal(messages, string.Join('|', cut.Select(Encoding.Latin1.GetString)));
        Assert.Equal(FramingResult.NeedMore, last);
    }

    [Theory]
    [InlineData("length:2", "\0")]
    [InlineData("length:4", "\0\0\0\u0002a")]
    [InlineData(@"delimiter:\0", "abc")]
    [InlineData("fixed:4", "abc")]
    public void A_stream_that_ends_inside_a_message_says_so(string framing, string stream) =>
        Assert.Equal(FramingResult.Incomplete, Cut(Parse(framing), Encoding.Latin1.GetBytes(stream), []).Last);

    [Theory]
    [InlineData("line", "01234567890123456789", FramingResult.NeedMore)]
    [InlineData("line", "01234567890123456789\r", FramingResult.NeedMore)]
    [InlineData("line", "012345678901234567890", FramingResult.TooLarge)]
    [InlineData("line", "01234567890123456789\r\r", FramingResult.TooLarge)]
    [InlineData("line", "012345678901234567890\n", FramingResult.TooLarge)]
    [InlineData("delimiter:aab", "01234567890123456789aa", FramingResult.NeedMore)]
    [InlineData("delimiter:aab", "01234567890123456789ab", FramingResult.TooLarge)]
    [InlineData("length:2", "\0\u0015", FramingResult.TooLarge)]
    [InlineData("length:4", "\u00ff\u00ff\u00ff\u00ff", FramingResult.TooLarge)]
    public void A_message_is_too_large_as_soon_as_that_is_certain(string framing, string stream, FramingResult expected)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(stream));
        Assert.Equal(expected, Parse(framing).TryRead(ref buffer, ended: false, out _));
    }

    [Theory]
    [InlineData("line", "a\nb")]
    [InlineData(@"delimiter:\0", "a\0b")]
    [InlineData("delimiter:aa", "xa")]
    [InlineData("fixed:4", "abc")]
    public void What_a_framing_cannot_carry_is_refused(string framing, string message)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => Parse(framing).Write(new(Encoding.Latin1.GetBytes(message)), output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void A_length_of_two_bytes_carries_65535_and_no_more()
    {
        var framing = new LengthFraming(2);
        var output = new ArrayBufferWriter<byte>();
        framing.Write(new(new byte[65_535]), output);
        Assert.Equal(65_537, output.WrittenCount);
        Assert.Throws<ArgumentException>(() => framing.Write(new(new byte[65_536]), output));
    }

    [Theory]
    [MemberData(nameof(BoundedFramings))]
    public void However_the_bytes_are_split_the_messages_are_the_same(string text)
    {
        Framing framing = Parse(text);
        Prop.ForAll(Streams(), ArbMap.Default.ArbFor<byte[]>(), (stream, splits) =>
        {
            (List<byte[]> whole, FramingResult last) = Cut(framing, stream, []);
            (List<byte[]> pieces, FramingResult lastOfPieces) = Cut(framing, stream, splits);
            return whole.Count == pieces.Count && whole.Zip(pieces).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)) && last == lastOfPieces;
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(500));
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public void Random_bytes_end_and_never_give_more_than_the_limit(string text)
    {
        Framing framing = Parse(text);
        Prop.ForAll(Streams(), ArbMap.Default.ArbFor<byte[]>(), (stream, splits) =>
            Cut(framing, stream, splits).Messages.All(message => message.Length <= framing.MaxMessage)).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(500));
    }

    [Theory]
    [MemberData(nameof(BoundedFramings))]
    public void What_was_written_is_what_is_read(string text)
    {
        Framing framing = Parse(text);
        Prop.ForAll(Streams().Generator.ArrayOf().ToArbitrary(), ArbMap.Default.ArbFor<byte[]>(), (messages, splits) =>
        {
            var output = new ArrayBufferWriter<byte>();
            var written = new List<byte[]>();
            foreach (byte[] message in messages.Where(message => message.Length <= framing.MaxMessage))
            {
                try
                {
                    framing.Write(new(message), output);
                    written.Add(message);
                }
                catch (ArgumentException)
                {
                    // it cannot carry this one, and says so before it writes a byte
                }
            }

            (List<byte[]> read, FramingResult last) = Cut(framing, output.WrittenSpan.ToArray(), splits);
            return last == FramingResult.NeedMore && written.Count == read.Count && written.Zip(read).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(300));
    }

    private static Framing Parse(string text) => Framing.TryParse(text, Limit, out Framing? framing, out FramingError? error) ? framing : throw new ArgumentException(error.Key);

    // Few different bytes, so that delimiters, line breaks and small lengths do come up.
    private static Arbitrary<byte[]> Streams() =>
        Gen.OneOf(ArbMap.Default.ArbFor<byte[]>().Generator, Gen.Elements("\0\n\raabbx\u0001\u0003"u8.ToArray()).ArrayOf()).ToArbitrary();

    // Reads as a pipe does: what came, in pieces of its own memory, is added to what was left.
    private static (List<byte[]> Messages, FramingResult Last) Cut(Framing framing, byte[] stream, byte[] splits)
    {
        var messages = new List<byte[]>();
        byte[] left = [];
        int at = 0;
        for (int i = 0; ; i++)
        {
            int take = Math.Min(i < splits.Length ? splits[i] % 9 : stream.Length, stream.Length - at);
            ReadOnlySequence<byte> buffer = Join(left, stream.AsMemory(at, take));
            at += take;
            bool ended = at == stream.Length && i >= splits.Length;
            FramingResult result;
            while ((result = framing.TryRead(ref buffer, ended, out ReadOnlySequence<byte> message)) == FramingResult.Message)
                messages.Add(message.ToArray());
            if (result != FramingResult.NeedMore || ended)
                return (messages, result);
            left = buffer.ToArray();
        }
    }

    private static ReadOnlySequence<byte> Join(byte[] first, ReadOnlyMemory<byte> second)
    {
        var head = new Piece(first, 0);
        var tail = new Piece(second, first.Length);
        head.Link(tail);
        return new ReadOnlySequence<byte>(head, 0, tail, second.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long before)
        {
            Memory = memory;
            RunningIndex = before;
        }

        public void Link(Piece next) => Next = next;
    }
}
