using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.WebSocket;
using Xunit;

namespace Soket.Tests.Protocols;

public sealed class WebSocketFrameTests
{
    public static TheoryData<string, WebSocketOpcode, bool, long, string> Examples => new()
    {
        // RFC 6455 5.7
        { "810548656c6c6f", WebSocketOpcode.Text, true, 5, "Hello" },
        { "818537fa213d7f9f4d5158", WebSocketOpcode.Text, true, 5, "Hello" },
        { "010348656c", WebSocketOpcode.Text, false, 3, "Hel" },
        { "80026c6f", WebSocketOpcode.Continuation, true, 2, "lo" },
        { "890548656c6c6f", WebSocketOpcode.Ping, true, 5, "Hello" },
        { "8a8537fa213d7f9f4d5158", WebSocketOpcode.Pong, true, 5, "Hello" },
        { "827e0100", WebSocketOpcode.Binary, true, 256, "" },
        { "827f0000000000010000", WebSocketOpcode.Binary, true, 65536, "" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_examples_of_the_RFC_read_and_are_written_so(string hex, WebSocketOpcode opcode, bool final, long length, string payload)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var buffer = new ReadOnlySequence<byte>(bytes);
        Assert.True(FrameHeader.TryRead(ref buffer, out FrameHeader header, out FrameError error));
        Assert.Equal((FrameError.None, opcode, final, length), (error, header.Opcode, header.Final, header.Length));
        byte[] rest = buffer.ToArray();
        if (header.Mask is { } key)
            FrameMask.Apply(rest, key);
        Assert.Equal(payload, Encoding.ASCII.GetString(rest));
        byte[] written = new byte[FrameHeader.MaxSize];
        Assert.Equal(hex[..((bytes.Length - rest.Length) * 2)], Convert.ToHexStringLower(written.AsSpan(0, header.Write(written))));
    }

    [Theory]
    [InlineData("8305", FrameError.ReservedOpcode)]
    [InlineData("8f00", FrameError.ReservedOpcode)]
    [InlineData("0900", FrameError.ControlFragmented)]
    [InlineData("0800", FrameError.ControlFragmented)]
    [InlineData("897e", FrameError.ControlTooLong)]
    [InlineData("887f", FrameError.ControlTooLong)]
    [InlineData("827e007d", FrameError.LengthNotMinimal)]
    [InlineData("827f000000000000ffff", FrameError.LengthNotMinimal)]
    [InlineData("827f8000000000000000", FrameError.LengthNegative)]
    public void A_wrong_header_is_refused_as_soon_as_it_shows(string hex, FrameError expected)
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        Assert.True(FrameHeader.TryRead(ref buffer, out _, out FrameError error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("m:text", "m:more fin", FrameError.None)]
    [InlineData("m:text", "m:ping fin", FrameError.None)]
    [InlineData("m:text fin", "m:binary fin", FrameError.None)]
    [InlineData("m:text", "m:text fin", FrameError.MessageInMessage)]
    [InlineData("m:text", "m:binary", FrameError.MessageInMessage)]
    [InlineData("m:text fin", "m:more fin", FrameError.NothingToContinue)]
    [InlineData("m:text fin", "text fin", FrameError.NotMasked)]
    [InlineData("m:text fin", "m:text fin rsv2", FrameError.ReservedBits)]
    [InlineData("m:text fin", "m:text fin rsv3", FrameError.ReservedBits)]
    [InlineData("m:text", "m:more fin rsv1", FrameError.ReservedBits)]
    [InlineData("m:text", "m:ping fin rsv1", FrameError.ReservedBits)]
    public void Frames_follow_one_another_as_they_may(string first, string second, FrameError expected)
    {
        var order = new FrameOrder(fromClient: true, compression: true);
        Assert.Equal(FrameError.None, order.Next(Header(first)));
        Assert.Equal(expected, order.Next(Header(second)));
    }

    [Fact]
    public void A_reserved_bit_means_something_only_where_compression_was_agreed_on()
    {
        Assert.Equal(FrameError.None, new FrameOrder(true, compression: true).Next(Header("m:text fin rsv1")));
        Assert.Equal(FrameError.ReservedBits, new FrameOrder(true, compression: false).Next(Header("m:text fin rsv1")));
        Assert.Equal(FrameError.Masked, new FrameOrder(fromClient: false, false).Next(Header("m:text fin")));
    }

    [Fact]
    public void A_header_reads_as_it_was_written_and_a_part_of_it_is_waited_for()
    {
        Gen<FrameHeader> headers =
            from opcode in Gen.Elements(WebSocketOpcode.Continuation, WebSocketOpcode.Text, WebSocketOpcode.Binary)
            from bits in Gen.Choose(0, 15)
            from masked in Gen.Elements(true, false)
            from key in Gen.Choose(int.MinValue, int.MaxValue)
            from length in Gen.OneOf(Gen.Choose(0, 70_000).Select(n => (long)n), Gen.Choose(0, int.MaxValue).Select(n => (long)n << 31 | 1))
            select new FrameHeader { Opcode = opcode, Final = (bits & 1) != 0, Rsv1 = (bits & 2) != 0, Rsv2 = (bits & 4) != 0, Rsv3 = (bits & 8) != 0, Mask = masked ? (uint)key : null, Length = length };
        Prop.ForAll(Arb.From(headers), header =>
        {
            byte[] bytes = new byte[FrameHeader.MaxSize];
            int size = header.Write(bytes);
            for (int cut = 0; cut < size; cut++)
            {
                var part = new ReadOnlySequence<byte>(bytes, 0, cut);
                if (FrameHeader.TryRead(ref part, out _, out _))
                    return false;
            }

            ReadOnlySequence<byte> whole = Pieces.Of(bytes[..size], size / 2);
            return FrameHeader.TryRead(ref whole, out FrameHeader read, out FrameError error) && error == FrameError.None && read == header && whole.IsEmpty;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Masking_in_pieces_is_masking_at_once()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<byte>(), (bytes, key, where) =>
        {
            byte[] large = [.. bytes, .. bytes, .. Enumerable.Repeat((byte)7, 150)];
            int cut = where % large.Length;
            byte[] once = [.. large], pieces = [.. large];
            FrameMask.Apply(once, key);
            FrameMask.Apply(pieces.AsSpan(0, cut), key);
            FrameMask.Apply(pieces.AsSpan(cut), key, cut);
            bool plain = once.Select((b, i) => b == (byte)(large[i] ^ (byte)(key >> (24 - (8 * (i % 4)))))).All(same => same);
            return plain && once.SequenceEqual(pieces);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Text_is_checked_the_same_in_pieces_as_at_once()
    {
        Gen<byte[]> pieces = Gen.ArrayOf(Gen.Elements(
            "a"u8.ToArray(), "é"u8.ToArray(), "€"u8.ToArray(), "😀"u8.ToArray(), [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90], [0xe2, 0x82], [0xf0, 0x9f], [0x80])).Select(parts => parts.SelectMany(part => part).ToArray());
        Prop.ForAll(Arb.From(pieces), ArbMap.Default.ArbFor<byte>(), (bytes, where) =>
        {
            int cut = bytes.Length == 0 ? 0 : where % bytes.Length;
            var check = new Utf8Check();
            bool inPieces = check.Next(bytes.AsSpan(0, cut)) && check.Next(bytes.AsSpan(cut)) && check.End();
            var slow = new Utf8Check();
            bool byteByByte = bytes.All(b => slow.Next([b])) && slow.End();
            bool expected = System.Text.Unicode.Utf8.IsValid(bytes);
            return inPieces == expected && byteByByte == expected;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Wrong_text_is_told_at_the_byte_that_makes_it_wrong()
    {
        var check = new Utf8Check();
        Assert.True(check.Next([0xf4]));
        Assert.False(check.Next([0x90]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 1002)]
    [InlineData(1000, 0)]
    [InlineData(1004, 1002)]
    [InlineData(1005, 1002)]
    [InlineData(1006, 1002)]
    [InlineData(1014, 0)]
    [InlineData(1015, 1002)]
    [InlineData(2999, 1002)]
    [InlineData(3000, 0)]
    [InlineData(4999, 0)]
    [InlineData(5000, 1002)]
    [InlineData(65535, 1002)]
    public void A_close_code_may_travel_or_not(int code, int answer)
    {
        byte[] payload = code == 0 ? [] : [(byte)(code >> 8), (byte)code, .. "ya"u8];
        Assert.Equal(answer, CloseCode.Read(payload, out int read, out string reason));
        if (answer == 0)
            Assert.Equal(code == 0 ? (CloseCode.None, "") : (code, "ya"), (read, reason));
    }

    [Fact]
    public void A_close_frame_of_one_byte_or_without_text_is_wrong()
    {
        Assert.Equal(CloseCode.ProtocolError, CloseCode.Read([3], out _, out _));
        Assert.Equal(CloseCode.InvalidText, CloseCode.Read([3, 232, 0xff], out _, out _));
    }

    [Fact]
    public void A_long_reason_is_cut_between_two_characters()
    {
        byte[] payload = CloseCode.Write(1000, new string('€', 60));
        Assert.Equal(2 + (41 * 3), payload.Length);
        Assert.Equal(0, CloseCode.Read(payload, out _, out string reason));
        Assert.Equal(new string('€', 41), reason);
    }

    [Fact]
    public void The_key_of_the_RFC_is_answered_as_there()
    {
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HandshakeKey.Accept("dGhlIHNhbXBsZSBub25jZQ=="));
        Assert.True(HandshakeKey.IsValid("dGhlIHNhbXBsZSBub25jZQ=="));
        Assert.True(HandshakeKey.IsValid(HandshakeKey.Create()));
        Assert.All(["", "dGhlIHNhbXBsZQ==", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ!=="], key => Assert.False(HandshakeKey.IsValid(key)));
    }

    [Theory]
    [InlineData("permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits", "permessage-deflate")]
    [InlineData("permessage-deflate; server_no_context_takeover; client_max_window_bits=10", "permessage-deflate; server_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=15", "permessage-deflate")]
    [InlineData("permessage-deflate; server_max_window_bits=08", null)]
    [InlineData("permessage-deflate; unknown", null)]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover", null)]
    [InlineData("x-webkit-deflate-frame", null)]
    public void A_server_takes_the_first_offer_that_it_can_keep_to(string offers, string? chosen) =>
        Assert.Equal(chosen, DeflateParameters.Choose(Soket.Protocols.Http1.HttpSyntax.Split(offers, ','))?.ToString());

    [Theory]
    [InlineData("permessage-deflate", true)]
    [InlineData("permessage-deflate; server_max_window_bits=10; client_no_context_takeover", true)]
    [InlineData("permessage-deflate; client_max_window_bits=10", false)]
    [InlineData("permessage-deflate, permessage-deflate", false)]
    [InlineData("other", false)]
    public void A_client_takes_only_an_answer_to_its_offer(string answer, bool right) =>
        Assert.Equal(right, DeflateParameters.TryReadAnswer(Soket.Protocols.Http1.HttpSyntax.Split(answer, ','), out _));

    private static FrameHeader Header(string text) => new()
    {
        Mask = text.StartsWith("m:", StringComparison.Ordinal) ? 1u : null,
        Opcode = text.Contains("more", StringComparison.Ordinal) ? WebSocketOpcode.Continuation : text.Contains("binary", StringComparison.Ordinal) ? WebSocketOpcode.Binary : text.Contains("ping", StringComparison.Ordinal) ? WebSocketOpcode.Ping : WebSocketOpcode.Text,
        Final = text.Contains("fin", StringComparison.Ordinal),
        Rsv1 = text.Contains("rsv1", StringComparison.Ordinal),
        Rsv2 = text.Contains("rsv2", StringComparison.Ordinal),
        Rsv3 = text.Contains("rsv3", StringComparison.Ordinal),
    };
}
