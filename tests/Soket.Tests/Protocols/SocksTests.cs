using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Socks;
using Xunit;

namespace Soket.Tests.Protocols;

public sealed class SocksTests
{
    private delegate SocksResult Reader(ref ReadOnlySequence<byte> buffer, out byte value);

    private static readonly Reader[] _readers = [Socks4.TryReadReply, Socks5.TryReadMethod, Socks5.TryReadLogin, Socks5.TryReadReply];

    [Theory]
    [InlineData("example.org", 80, "", "0401005000000001006578616D706C652E6F726700")]
    [InlineData("a", 443, "ani", "040101BB00000001616E69006100")]
    [InlineData("127.0.0.1", 80, "", "040100507F00000100")] // an address is plain SOCKS 4
    public void A_SOCKS_4A_request_is_written(string host, int port, string user, string hex) =>
        Assert.Equal(hex, Written(output => Socks4.WriteConnect(output, host, port, user)));

    [Theory]
    [InlineData("example.org", 80, "050100030B6578616D706C652E6F72670050")]
    [InlineData("127.0.0.1", 80, "050100017F0000010050")]
    [InlineData("::1", 443, "050100040000000000000000000000000000000101BB")]
    public void A_SOCKS_5_request_is_written(string host, int port, string hex) =>
        Assert.Equal(hex, Written(output => Socks5.WriteConnect(output, host, port)));

    [Fact]
    public void A_greeting_and_a_login_are_written()
    {
        Assert.Equal("05020002", Written(output => Socks5.WriteGreeting(output, [Socks5.NoLogin, Socks5.NameAndPassword])));
        Assert.Equal("0103616E6902C3A9", Written(output => Socks5.WriteLogin(output, "ani", "é")));
    }

    [Fact]
    public void What_does_not_fit_is_not_written()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => Socks5.WriteLogin(output, "ani", ""));
        Assert.Throws<ArgumentException>(() => Socks5.WriteLogin(output, new string('a', 256), "x"));
        Assert.Throws<ArgumentException>(() => Socks5.WriteConnect(output, new string('a', 256), 80));
        Assert.Throws<ArgumentException>(() => Socks4.WriteConnect(output, "a\0b", 80));
        Assert.Throws<ArgumentException>(() => Socks4.WriteConnect(output, "a", 80, "é"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Socks5.WriteConnect(output, "a", 0));
    }

    [Theory]
    [InlineData(0, "005A000000000000", 90)]
    [InlineData(0, "005B010203040506", 91)]
    [InlineData(1, "05FF", 255)]
    [InlineData(2, "0101", 1)]
    [InlineData(3, "05000001000000000000", 0)]
    [InlineData(3, "0505000300FFFF", 5)]        // a name of no bytes: odd, and whole
    [InlineData(3, "05000003036162630050", 0)]
    [InlineData(3, "050000040000000000000000000000000000000101BB", 0)]
    public void A_reply_is_read_however_it_is_cut_and_what_follows_is_left(int reader, string hex, byte expected)
    {
        byte[] reply = Convert.FromHexString(hex);
        for (int length = 0; length < reply.Length; length++)
        {
            ReadOnlySequence<byte> part = new(reply, 0, length);
            Assert.Equal(SocksResult.NeedMore, _readers[reader](ref part, out _));
            Assert.Equal(length, part.Length);
        }

        byte[] more = [.. reply, .. "halo"u8];
        for (int cut = 0; cut <= more.Length; cut++)
        {
            ReadOnlySequence<byte> whole = Pieces.Of(more, cut);
            Assert.Equal(SocksResult.Reply, _readers[reader](ref whole, out byte value));
            Assert.Equal(expected, value);
            Assert.Equal("halo", Encoding.ASCII.GetString(whole));
        }
    }

    [Theory]
    [InlineData(0, "48")]
    [InlineData(1, "48545450")]
    [InlineData(2, "05")]
    [InlineData(3, "04")]
    [InlineData(3, "05000002")] // no such kind of address
    public void What_is_no_reply_is_told_with_its_first_wrong_byte(int reader, string hex)
    {
        ReadOnlySequence<byte> bytes = new(Convert.FromHexString(hex));
        Assert.Equal(SocksResult.Invalid, _readers[reader](ref bytes, out _));
    }

    [Fact]
    public void Bytes_of_any_kind_are_taken_without_a_word_and_never_more_of_them_than_there_are() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(0, 3).ToArbitrary(), static (bytes, reader) =>
        {
            ReadOnlySequence<byte> buffer = new(bytes);
            SocksResult result = _readers[reader](ref buffer, out _);
            return result == SocksResult.Reply ? buffer.Length < bytes.Length : buffer.Length == bytes.Length;
        }).QuickCheckThrowOnFailure();

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Convert.ToHexString(output.WrittenSpan);
    }
}
