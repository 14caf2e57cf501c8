using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using Soket.Capture;
using Soket.Languages;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;
using Xunit;

namespace Soket.Tests.Protocols.CaptureFiles;

/// <summary>Any file: whole, broken, compressed, long.</summary>
public sealed class CaptureReaderTests
{
    private static readonly byte[] Data = [1, 2, 3, 4, 5];

    public static TheoryData<string, CaptureFileProblem, long> Broken => new()
    {
        { "", CaptureFileProblem.Empty, 0 },
        { "a1b2", CaptureFileProblem.NotACapture, 0 },
        { "7f454c4602010100", CaptureFileProblem.NotACapture, 0 },
        { "d4c3b2a1 0200", CaptureFileProblem.CutShort, 0 },
        { "d4c3b2a1 0300 0400 00000000 00000000 ffff0000 01000000", CaptureFileProblem.Version, 0 },
        { "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000 0000", CaptureFileProblem.CutShort, 24 },
        { "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000 0000000000000000 05000000 05000000 010203", CaptureFileProblem.CutShort, 24 },
        { "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000 0000000000000000 01000001 05000000 010203", CaptureFileProblem.TooLong, 24 },
        { "0a0d0d0a 1c000000", CaptureFileProblem.CutShort, 0 },
        { "0a0d0d0a 1c000000 01020304 0100", CaptureFileProblem.ByteOrder, 0 },
        { "0a0d0d0a 1c000000 4d3c2b1a 0100", CaptureFileProblem.CutShort, 0 },
        { "0a0d0d0a 18000000 4d3c2b1a 0100 0000 ffffffff 18000000", CaptureFileProblem.TooShort, 0 },
        { "0a0d0d0a 1c000000 4d3c2b1a 0200 0000 ffffffffffffffff 1c000000", CaptureFileProblem.Version, 0 },
        { Section + "06000000 08000000 00000000", CaptureFileProblem.TooShort, 28 },
        { Section + "06000000 0d000000 00000000 00", CaptureFileProblem.Length, 28 },
        { Section + "06000000 04000001 00000000", CaptureFileProblem.TooLong, 28 },
        { Section + "01000000 14000000 01000000 00000000 18000000", CaptureFileProblem.Length, 28 },
        { Section + "01000000 10000000 01000000 10000000", CaptureFileProblem.TooShort, 28 },
        { Section + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", CaptureFileProblem.UnknownInterface, 28 },
        { Section + Ethernet + "06000000 20000000 01000000 00000000 00000000 00000000 00000000 20000000", CaptureFileProblem.UnknownInterface, 48 },
        { Section + Ethernet + "06000000 20000000 00000000 00000000 00000000 01000000 01000000 20000000", CaptureFileProblem.TooShort, 48 },
        { Section + Ethernet + "06000000 24000000 00000000 00000000 00000000 00000000 00000000 01000500 24000000", CaptureFileProblem.Option, 48 },
    };

    private const string Section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
    private const string Ethernet = "01000000 14000000 01000000 00000000 14000000";

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_wrong_is_said_with_its_place_again_and_again_and_in_both_languages(string hex, CaptureFileProblem problem, long offset)
    {
        byte[] file = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        CaptureReader? reader = null;
        CaptureFileException first = Assert.Throws<CaptureFileException>(() =>
        {
            reader = CaptureReader.Open(new MemoryStream(file));
            CaptureBytes.Read(reader);
        });
        Assert.Equal((problem, offset), (first.Problem, first.Offset));
        if (reader is not null)
            Assert.Equal((problem, offset), Assert.Throws<CaptureFileException>(() => reader.TryRead(out _)) is { } again ? (again.Problem, again.Offset) : default);
        string english = first.Describe(Language.English), indonesian = first.Describe(Language.Indonesian);
        Assert.NotEqual(english, indonesian);
        Assert.Equal(problem == CaptureFileProblem.CutShort && offset == 0, english.Contains("its own header", StringComparison.Ordinal));
        Assert.DoesNotContain("{", english + indonesian, StringComparison.Ordinal);
    }

    [Fact]
    public void Packets_before_the_place_of_a_break_are_read()
    {
        byte[] file = [.. Sample(CaptureFormat.Pcapng, 3), 0x06, 0, 0, 0];
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        for (int i = 0; i < 3; i++)
            Assert.True(reader.TryRead(out _));
        Assert.Equal(file.Length - 4, Assert.Throws<CaptureFileException>(() => reader.TryRead(out _)).Offset);
    }

    [Theory]
    [InlineData(CaptureFormat.Pcap)]
    [InlineData(CaptureFormat.Pcapng)]
    public void A_file_that_comes_in_drops_or_compressed_is_the_same(CaptureFormat format)
    {
        byte[] file = Sample(format, 2_000);
        List<CapturedPacket> whole = CaptureBytes.Read(file);
        Assert.Equal(2_000, whole.Count);
        AssertSame(whole, CaptureBytes.Read(new Drops(file)));
        AssertSame(whole, CaptureBytes.Read(new Drops(Gzip(file))));
        AssertSame(whole, CaptureBytes.Read([.. Gzip(file.AsSpan(0, 1_000)), .. Gzip(file.AsSpan(1_000))])); // members one after the other, as gzip -c a b
    }

    [Fact]
    public void A_compressed_file_that_is_damaged_or_cut_says_so()
    {
        byte[] packed = Gzip(Sample(CaptureFormat.Pcap, 20_000));
        Assert.Equal(CaptureFileProblem.Compression, Assert.Throws<CaptureFileException>(() => CaptureBytes.Read([0x1F, 0x8B, 0xFF, 0xFF, 0xFF, 0xFF])).Problem);
        CaptureFileProblem cut = Assert.Throws<CaptureFileException>(() => CaptureBytes.Read(packed[..(packed.Length / 2)])).Problem;
        Assert.True(cut is CaptureFileProblem.Compression or CaptureFileProblem.CutShort, cut.ToString());
    }

    [Fact]
    public void What_was_written_is_read_whatever_it_is()
    {
        Gen<CapturedPacket> packets =
            from time in ArbMap.Default.GeneratorFor<long>()
            from bytes in ArbMap.Default.GeneratorFor<byte[]>()
            from more in Gen.Choose(0, 5_000)
            from big in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(60_000, 200_000)))
            from comment in Gen.OneOf(Gen.Constant<string?>(null), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => (string?)text.Get.Replace("\uFFFD", "", StringComparison.Ordinal)))
            from direction in Gen.Elements(Enum.GetValues<PacketDirection>())
            from link in Gen.Elements(LinkType.Ethernet, LinkType.RawIp)
            from number in Gen.Choose(0, 3)
            select new CapturedPacket
            {
                Nanoseconds = time & long.MaxValue,
                Link = link,
                Bytes = big > 0 ? new byte[big] : bytes,
                OriginalLength = Math.Max(big, bytes.Length) + more,
                Interface = number,
                Direction = direction,
                Comment = comment is null ? null : string.Concat(comment.EnumerateRunes()), // no half of a character: that is no text
            };
        Prop.ForAll(packets.ListOf().ToArbitrary(), list =>
        {
            var file = new MemoryStream();
            using (var writer = new PcapngWriter(file, leaveOpen: true))
            {
                foreach (CapturedPacket packet in list)
                    writer.Write(packet);
            }

            List<CapturedPacket> read = CaptureBytes.Read(file.ToArray());
            Assert.Equal(list.Select(Told), read.Select(Told));
            AssertBytes(list, read);
            // Interfaces are numbered as they come; the same ones stay together.
            Assert.Equal(list.Select(packet => (packet.Interface, packet.Link)).Distinct().Count(), read.Select(packet => packet.Interface).Distinct().Count());

            file = new MemoryStream();
            CapturedPacket[] one = [.. list.Where(packet => packet.Link == LinkType.Ethernet).Select(packet => packet with { Nanoseconds = packet.Nanoseconds % 4_000_000_000_000_000_000 })];
            using (var writer = new PcapWriter(file, leaveOpen: true))
            {
                foreach (CapturedPacket packet in one)
                    writer.Write(packet);
            }

            read = CaptureBytes.Read(file.ToArray());
            Assert.Equal(one.Select(packet => (packet.Nanoseconds, packet.OriginalLength)), read.Select(packet => (packet.Nanoseconds, packet.OriginalLength)));
            AssertBytes(one, read);
        }).Check(Config.QuickThrowOnFailure);

        static (long, LinkType, int, PacketDirection, string?) Told(CapturedPacket packet) => (packet.Nanoseconds, packet.Link, packet.OriginalLength, packet.Direction, packet.Comment);
    }

    [Fact]
    public void No_bytes_at_all_end_in_anything_but_packets_and_a_clear_error()
    {
        byte[] pcap = Sample(CaptureFormat.Pcap, 20), pcapng = Sample(CaptureFormat.Pcapng, 20);
        var inputs =
            from file in Gen.Elements(pcap, pcapng)
            from noise in ArbMap.Default.GeneratorFor<byte[]>()
            from at in Gen.Choose(0, file.Length)
            from end in Gen.Choose(0, file.Length)
            select (File: file, Noise: noise, At: at, End: end);
        Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            byte[] damaged = [.. input.File];
            input.Noise.AsSpan(0, Math.Min(input.Noise.Length, damaged.Length - input.At)).CopyTo(damaged.AsSpan(input.At));
            ReadAll(damaged);
            ReadAll(damaged[..input.End]);
            ReadAll([.. input.File.AsSpan(0, 4), .. input.Noise]);
            ReadAll(input.Noise);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

        static void ReadAll(byte[] bytes)
        {
            try
            {
                CaptureBytes.Read(bytes);
            }
            catch (CaptureFileException)
            {
                return; // said clearly
            }
        }
    }

    [Theory]
    [InlineData(CaptureFormat.Pcap)]
    [InlineData(CaptureFormat.Pcapng)]
    public void A_million_packets_pass_in_constant_memory(CaptureFormat format)
    {
        const int total = 1_000_000;
        var file = new MemoryStream();
        CaptureWriter writer = CaptureWriter.Create(file, format, leaveOpen: true);
        var packet = new CapturedPacket { Nanoseconds = 1_700_000_000_000_000_000, Link = LinkType.Ethernet, Bytes = new byte[90], OriginalLength = 90 };
        writer.Flush();
        int head = (int)file.Length;
        writer.Write(packet);
        writer.Flush();
        byte[] first = file.ToArray();
        writer.Write(packet);
        writer.Dispose();
        byte[] next = file.ToArray()[first.Length..];
        Assert.True(head > 0 && next.Length > 90);

        using CaptureReader reader = CaptureReader.Open(new Endless(first, next, total - 1));
        Assert.True(reader.TryRead(out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = 1;
        long length = 0;
        while (reader.TryRead(out CapturedPacket read))
        {
            count++;
            length += read.Bytes.Length;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((total, (total - 1) * 90L), (count, length));
        Assert.True(allocated < 64 * 1024, $"{allocated} bytes were allocated");
    }

    [Fact]
    public void A_stream_is_closed_with_its_reader_unless_it_is_to_stay()
    {
        var stream = new MemoryStream(Sample(CaptureFormat.Pcap, 1));
        CaptureReader.Open(stream, leaveOpen: true).Dispose();
        Assert.True(stream.CanRead);
        stream.Position = 0;
        CaptureReader.Open(stream).Dispose();
        Assert.False(stream.CanRead);
        var packed = new MemoryStream(Gzip(Sample(CaptureFormat.Pcap, 1)));
        CaptureReader.Open(packed).Dispose();
        Assert.False(packed.CanRead);
    }

    private static byte[] Sample(CaptureFormat format, int count)
    {
        var file = new MemoryStream();
        using (CaptureWriter writer = CaptureWriter.Create(file, format, leaveOpen: true))
        {
            for (int i = 0; i < count; i++)
            {
                writer.Write(new()
                {
                    Nanoseconds = 1_700_000_000_000_000_000 + i,
                    Link = LinkType.Ethernet,
                    Bytes = (byte[])[.. Data, (byte)i, .. new byte[i % 97]],
                    OriginalLength = 200,
                    Comment = i % 5 == 0 ? "number " + i : null,
                });
            }
        }

        return file.ToArray();
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static void AssertSame(IReadOnlyList<CapturedPacket> expected, IReadOnlyList<CapturedPacket> actual)
    {
        Assert.Equal(expected.Select(packet => packet with { Bytes = default }), actual.Select(packet => packet with { Bytes = default }));
        AssertBytes(expected, actual);
    }

    private static void AssertBytes(IReadOnlyList<CapturedPacket> expected, IReadOnlyList<CapturedPacket> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.True(pair.First.Bytes.Span.SequenceEqual(pair.Second.Bytes.Span)));
    }

    /// <summary>Gives seven bytes at most at a time, and cannot seek: a slow pipe.</summary>
    private sealed class Drops(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(7, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(7, count));
    }

    /// <summary>A beginning, and then the same piece many times: a long file that lies nowhere.</summary>
    private sealed class Endless(byte[] beginning, byte[] piece, int times) : Stream
    {
        private byte[] _now = beginning;
        private int _at;
        private int _left = times;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            int written = 0;
            while (written < buffer.Length)
            {
                if (_at == _now.Length)
                {
                    if (_left-- <= 0)
                        break;
                    (_now, _at) = (piece, 0);
                }

                int count = Math.Min(_now.Length - _at, buffer.Length - written);
                _now.AsSpan(_at, count).CopyTo(buffer[written..]);
                _at += count;
                written += count;
            }

            return written;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
