using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Zstandard;
using Xunit;

namespace Soket.Tests.Protocols;

/// <summary>Zstandard (RFC 8878): frames by zstd 1.5, frames by hand, and frames that are broken.</summary>
public sealed class ZstandardTests
{
    // zstd -19 --check: Huffman's literals, tables of sequences, a checksum.
    private static readonly byte[] Sample = Convert.FromBase64String(
        "KLUv/WRQCL0NANYsVRaQJ4UcS04ta15nRFBaIltWYEbGicEBVABMAFAAPucQchKWrfHRIkqNMX8hXbHO2QnDMwQ62BRa6CDlKcFOybWjVHGOr4zZh2EWekLK/HX3Yu24cZs0bfN63uCw" +
        "ULw+yo1AgwIDAggMAGhwYECBggABlqgtZMW+Wt+PcDtBjyFmySFvGpc6YuRlBHEsLEKFiHdWrmFIFUiZzIkklEzlWwWnFxnqja5QlDq+9p1F6zB2462Sp46yR9tN3LEQAR7vC3W5Y6Z/" +
        "PfG6w284u7TRx4dPG8LMLSGMH8EjZJCxKHQ+45gymDOLN1KtWemHjjzhvITgEMRBaJHgUGk4QyJ0JgyrZEF6FebQu3THnzY4BPO6b+Vjs30cC5ulMW9CxmTzz3W7AxdbKxy3Mbht0jht" +
        "m9mu1d5Ge7sFzcHNmlCbaN5o1S5roVXVqE3UpkmTNs3/yp9ffXiA7qgRQGwsu58B8KU1EBRfDPpz4j9P/OPEf07858R/HFHKQzMVO9s2t81uu+1q2902u+12q21329y22622221r227v" +
        "lhARIUVESBExYoSIGJNq42EOg8jZArbgXMsAWQX8Bysv");

    private static readonly byte[] Content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 120).Select(i => $"Soket {i}: halo {i * i}\n")));

    [Fact]
    public void A_frame_becomes_what_it_was_made_of() => Assert.Equal(Content, Decode(Sample));

    [Fact]
    public void Frames_follow_one_another_and_what_is_to_be_skipped_is_skipped() =>
        Assert.Equal([.. Content, .. Content], Decode([.. Sample, 0x5F, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3, .. Sample]));

    [Theory]
    [InlineData("28B52FFD 00 58 0100 00", "")] // window 2 MiB, one empty raw block
    [InlineData("28B52FFD 20 05 290000 68616C6F21", "halo!")] // a single segment
    [InlineData("28B52FFD 00 00 230000 2D", "----")] // a repeated byte
    [InlineData("28B52FFD 60 0000 030800 2D", null)] // 256 are said, one block of 256
    public void Plain_and_repeated_blocks(string hex, string? content)
    {
        string decoded = Encoding.ASCII.GetString(Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));
        Assert.Equal(content ?? new string('-', 256), decoded);
    }

    [Theory]
    [InlineData("28B52FFE 00 58 010000", "no Zstandard frame")]
    [InlineData("28B52FFD 08 58 010000", "what nobody knows")]
    [InlineData("28B52FFD 00 88 010000", "RFC 9659")] // 128 MiB
    [InlineData("28B52FFD E0 FFFFFFFFFFFFFFFF 010000", "RFC 9659")]
    [InlineData("28B52FFD 01 58 07 010000", "dictionary")]
    [InlineData("28B52FFD 20 05 210000 68616C6F", "less than it says")]
    [InlineData("28B52FFD 20 05 310000 68616C6F2121", "longer than it may be")]
    [InlineData("28B52FFD 20 06 350000 68616C6F2121", "no known")] // a compressed block of nonsense
    [InlineData("28B52FFD 00 58 070000", "no known kind")]
    [InlineData("28B52FFD 00 58 050000", "empty")]
    [InlineData("28B52FFD 24 05 290000 68616C6F21 00000000", "checksum")]
    public void What_is_wrong_is_said(string hex, string said)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));
        if (said != "no known")
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_cut_off_anywhere_is_not_taken_for_the_whole()
    {
        for (int length = 1; length < Sample.Length; length++)
            Assert.Throws<EndOfStreamException>(() => Decode(Sample.AsSpan(0, length)));
    }

    // Whatever is changed: an answer, within the bounds, or that it is broken. The checksum catches what is well-formed and wrong.
    [Fact]
    public void A_frame_that_was_changed_is_refused_or_was_changed_where_nothing_depends_on_it()
    {
        Arbitrary<(int At, byte To)[]> changes = Arb.From(Gen.Choose(4, Sample.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(to => (at, (byte)to))).ArrayOf().Where(list => list.Length > 0));
        Prop.ForAll(changes, list =>
        {
            byte[] changed = [.. Sample];
            foreach ((int at, byte to) in list)
                changed[at] = to;
            try
            {
                byte[] decoded = Decode(changed);
                return decoded.Length <= changed.Length * 128 * 1024 && (decoded.AsSpan().SequenceEqual(Content) || (changed[4] & 4) == 0);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void Random_bytes_behind_a_header_are_refused_or_become_something_bounded() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            bytes ??= [];
            byte[] block = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00, (byte)(5 | bytes.Length << 3), (byte)(bytes.Length >> 5), 0, .. bytes];
            try
            {
                return Decode(block).Length <= 1024; // the window
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    private static byte[] Decode(ReadOnlySpan<byte> bytes)
    {
        var decoder = new ZstandardDecoder();
        var content = new MemoryStream();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < decoder.Needed)
                throw new EndOfStreamException();
            int needed = decoder.Needed;
            content.Write(decoder.Take(bytes[..needed]).Span);
            bytes = bytes[needed..];
        }

        return decoder.IsBetweenFrames ? content.ToArray() : throw new EndOfStreamException();
    }
}
