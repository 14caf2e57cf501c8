using System.IO.Compression;
using System.Text;
using Soket.Middleware.WebSocket;
using Soket.Transports.Internal;
using Xunit;

namespace Soket.Tests.WebSocket;

/// <summary>Compressed messages whose blocks say that they are the last (RFC 7692 7.2.3.4).</summary>
public sealed class MessageInflaterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_last_block_ends_nothing_but_itself(bool keepsContext)
    {
        using var inflater = new MessageInflater(keepsContext);
        string large = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"{i * 7919 % 10_007} "));
        Assert.Equal("halo", Inflate(inflater, [.. Last("halo"), 0]));
        Assert.Equal(large, Inflate(inflater, [.. Last(large), 0]));
        Assert.Equal("halodunia" + large, Inflate(inflater, [.. Last("halo"), .. Last("dunia"), .. Last(large), 0]));
        Assert.Equal("halo!", Inflate(inflater, [.. Last("halo"), .. Open("!")]));
        Assert.Equal("", Inflate(inflater, [0]));
    }

    [Fact]
    public void A_last_block_after_messages_that_are_kept_is_refused_and_not_cut_short()
    {
        using var inflater = new MessageInflater(keepsContext: true);
        Assert.Equal("halo", Inflate(inflater, Open("halo")));
        Assert.Throws<InvalidDataException>(() => Inflate(inflater, [.. Last("dunia"), 0]));
    }

    [Fact]
    public void Ends_without_end_are_refused()
    {
        using var inflater = new MessageInflater(keepsContext: false);
        byte[] ends = [.. Enumerable.Repeat(new byte[] { 3, 0 }, 50_000).SelectMany(static end => end)]; // an empty last block
        Assert.Throws<InvalidDataException>(() => Inflate(inflater, ends));
    }

    private static string Inflate(MessageInflater inflater, byte[] message)
    {
        var output = new PooledBuffer();
        Assert.True(inflater.Inflate(message, output, 1 << 20));
        string text = Encoding.UTF8.GetString(output.Written.Span);
        output.Release();
        return text;
    }

    private static byte[] Last(string text)
    {
        using var bytes = new MemoryStream();
        using (var stream = new DeflateStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private static byte[] Open(string text)
    {
        using var deflater = new MessageDeflater(keepsContext: false);
        return deflater.Compress(Encoding.UTF8.GetBytes(text)).ToArray();
    }
}
