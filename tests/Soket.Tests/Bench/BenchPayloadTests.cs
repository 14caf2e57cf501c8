using System.Buffers;
using System.Text;
using Soket.Bench;
using Xunit;

namespace Soket.Tests.Bench;

/// <summary>Messages can be made again from their number, and no two that follow each other are alike.</summary>
public sealed class BenchPayloadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(65_521)] // the pattern's own length, where every message begins at its beginning
    [InlineData(200_000)]
    public void A_pattern_goes_on_from_message_to_message(int size)
    {
        var payload = BenchPayload.OfSize(size);
        byte[] stream = [.. Make(payload, 0, 0), .. Make(payload, 0, 1), .. Make(payload, 0, 2)];
        Assert.Equal(3 * size, stream.Length);
        for (int i = 65_521; i < stream.Length; i++)
            Assert.Equal(stream[i - 65_521], stream[i]);
        Assert.DoesNotContain(stream, static b => b is < 0x21 or > 0x7e);
        if (size is 64 or 4096)
            Assert.NotEqual(Make(payload, 0, 0), Make(payload, 0, 1));
    }

    [Fact]
    public void A_message_far_on_is_still_a_piece_of_the_pattern()
    {
        Assert.True(BenchPayload.OfSize(64).TryGet(0, 140_000_000_000_000, out ReadOnlyMemory<byte> message));
        Assert.Equal(64, message.Length);
    }

    [Fact]
    public void Random_messages_are_made_again_from_seed_connection_and_number()
    {
        var payload = BenchPayload.Random(1, 300, seed: 7);
        byte[][] made = [.. Enumerable.Range(0, 200).Select(i => Make(payload, i % 4, i / 4))];
        Assert.Equal(made, [.. Enumerable.Range(0, 200).Select(i => Make(BenchPayload.Random(1, 300, seed: 7), i % 4, i / 4))]);
        Assert.All(made, message => Assert.InRange(message.Length, 1, 300));
        Assert.Equal(200, made.Select(Convert.ToHexString).Distinct().Count());
        Assert.NotEqual(made[0], Make(BenchPayload.Random(1, 300, seed: 8), 0, 0));
        Assert.Equal("random 1-300 B", payload.Name);
    }

    [Fact]
    public void A_template_has_its_numbers_filled_in()
    {
        Assert.True(BenchPayload.TryTemplate("{connection}:{counter} {random} {{}}", seed: 1, out BenchPayload? payload, out string? wrong), wrong);
        string text = Encoding.UTF8.GetString(Make(payload, 3, 41));
        Assert.Matches("^3:41 [0-9]{1,6} \\{\\}$", text);
        Assert.Equal(text, Encoding.UTF8.GetString(Make(payload, 3, 41)));
        Assert.True(Make(payload, int.MaxValue, long.MaxValue).Length <= payload.MaxLength);
    }

    [Theory]
    [InlineData("{count}", "{count}")]
    [InlineData("a {", "{")]
    [InlineData("a } b", "} b")]
    public void What_is_no_template_is_told_by_its_part(string text, string part)
    {
        Assert.False(BenchPayload.TryTemplate(text, 1, out _, out string? wrong));
        Assert.Equal(part, wrong);
    }

    private static byte[] Make(BenchPayload payload, int connection, long number)
    {
        if (payload.TryGet(connection, number, out ReadOnlyMemory<byte> ready))
            return ready.ToArray();
        var writer = new ArrayBufferWriter<byte>();
        payload.Write(connection, number, writer);
        return writer.WrittenSpan.ToArray();
    }
}
