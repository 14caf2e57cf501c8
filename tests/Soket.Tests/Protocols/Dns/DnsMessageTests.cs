using FsCheck;
using FsCheck.Fluent;
using Soket.Protocols.Dns;
using Xunit;

namespace Soket.Tests.Protocols.Dns;

public sealed class DnsMessageTests
{
    private static readonly byte[] Bytes = DnsSamples.Reply.ToBytes();

    [Fact]
    public void A_message_with_every_type_is_read_as_it_was_written()
    {
        Assert.True(DnsMessage.TryParse(Bytes, out DnsMessage? message, out DnsError error), error.ToString());
        Assert.Equal(DnsSamples.Reply.Answers, message.Answers);
        Assert.Equal(DnsSamples.Reply.Authorities, message.Authorities);
        Assert.Equal(DnsSamples.Reply.Additionals, message.Additionals);
        Assert.Equal(DnsSamples.Reply.Questions, message.Questions);
        Assert.Equal(DnsSamples.Reply.Edns, message.Edns);
        Assert.Equal((DnsSamples.Reply.Id, DnsSamples.Reply.Flags), (message.Id, message.Flags));
        Assert.Equal("Prohibited: no", message.Edns!.ExtendedErrors.Single().ToString());
        Assert.Equal("192.0.2.0/24/0", message.Edns.ClientSubnet!.ToString());
        Assert.True(message.Edns.Dnssec);
    }

    [Fact]
    public void A_query_is_the_bytes_a_person_writes_by_hand()
    {
        var query = new DnsMessage { Id = 0xBEEF, Flags = DnsHeaderBits.RecursionDesired, Questions = [new(DnsName.Parse("example.com"), DnsType.A, DnsClass.In)] };
        Assert.Equal("BEEF01000001000000000000076578616D706C6503636F6D0000010001", Convert.ToHexString(query.ToBytes()));
    }

    [Fact]
    public void Names_are_compressed_and_the_pointers_say_where()
    {
        DnsAnatomy anatomy = DnsAnatomy.Of(Bytes);
        Assert.Equal(DnsFault.None, anatomy.Error.Fault);
        DnsField first = anatomy.Fields.First(field => field.Name == "name");
        Assert.Equal(("example.test.", 12, 2), (first.Value, first.Pointer, first.Length));
        // Every byte belongs to one field and one only.
        int at = 0;
        foreach (DnsField field in anatomy.Fields.Where(field => field.Length > 0))
        {
            Assert.Equal(at, field.Offset);
            at += field.Length;
        }

        Assert.Equal(Bytes.Length, at);
    }

    [Fact]
    public void A_typical_reply_is_read_without_allocation()
    {
        byte[] reply = (DnsSamples.Reply with { Answers = [.. DnsSamples.Records.Take(4)], Authorities = [], Additionals = [] }).ToBytes();
        var name = DnsName.Parse("example.test");
        Assert.Equal(5, Count(reply, name)); // once to have it compiled
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = Count(reply, name);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(5, count);

        static int Count(ReadOnlySpan<byte> bytes, DnsName name)
        {
            var reader = new DnsReader(bytes);
            int count = 0;
            if (!reader.TryReadQuestion(out DnsNameView asked, out _, out _) || !asked.Is(name))
                return -1;
            while (reader.TryReadRecord(out DnsRecordView record))
                count += record.DataLength + record.DataOffset <= bytes.Length ? 1 : 0;
            return reader.Error.Fault == DnsFault.None ? count : -1;
        }
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_or_refused_and_never_more()
    {
        Gen<byte[]> anything = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        Prop.ForAll(Arb.From(anything), bytes => Holds(bytes)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_message_with_bytes_changed_is_read_or_refused()
    {
        Gen<byte[]> changed =
            from places in Gen.Choose(0, Bytes.Length - 1).ArrayOf(4)
            from values in Gen.Choose(0, 255).ArrayOf(4)
            from length in Gen.Frequency((5, Gen.Constant(Bytes.Length)), (1, Gen.Choose(0, Bytes.Length)))
            select Change(places, values, length);
        Prop.ForAll(Arb.From(changed), bytes => Holds(bytes).Label(Convert.ToHexString(bytes))).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

        static byte[] Change(int[] places, int[] values, int length)
        {
            byte[] bytes = [.. Bytes];
            foreach ((int place, int value) in places.Zip(values))
                bytes[place] = (byte)value;
            return bytes[..length];
        }
    }

    // What is read can be written and is then the same; what is wrong has a place in the message; the anatomy agrees with the reader.
    private static bool Holds(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool read = DnsMessage.TryParse(bytes, out DnsMessage? message, out DnsError error);
        if (GC.GetAllocatedBytesForCurrentThread() - before > 64 * 1024 + bytes.Length * 512L)
            return false;
        DnsAnatomy anatomy = DnsAnatomy.Of(bytes);
        if (anatomy.Fields.Any(field => field.Offset < 0 || field.Offset + field.Length > bytes.Length))
            return false;
        if (!read)
            return error.Fault != DnsFault.None && error.Offset >= 0 && error.Offset <= bytes.Length;
        if (anatomy.Error.Fault != DnsFault.None || !DnsMessage.TryParse(message!.ToBytes(), out DnsMessage? again, out _))
            return false;
        return again.Answers.SequenceEqual(message.Answers) && again.Authorities.SequenceEqual(message.Authorities) && again.Additionals.SequenceEqual(message.Additionals)
            && again.Questions.SequenceEqual(message.Questions) && Equals(again.Edns, message.Edns) && again.Rcode == message.Rcode;
    }

    private const string Header = "000081800001000100000000";
    private const string Asked = "0161000001" + "0001";

    [Theory]
    [InlineData("the header is cut", "0000818000010001000000", DnsFault.ShortHeader)]
    [InlineData("the question is cut", "0000010000010000000000000161", DnsFault.Truncated)]
    [InlineData("there is no record where one is promised", Header + Asked, DnsFault.Truncated)]
    [InlineData("a pointer to itself", Header + Asked + "C01300010001000000000004C0000201", DnsFault.PointerLoop)]
    [InlineData("a pointer forward", Header + Asked + "C01500010001000000000004C0000201", DnsFault.PointerForward)]
    [InlineData("a pointer into the header", Header + Asked + "C00400010001000000000004C0000201", DnsFault.PointerForward)]
    [InlineData("two pointers in a ring", Header + Asked + "0162C0130001000100000000" + "0004C0000201", DnsFault.PointerLoop)]
    [InlineData("a pointer cut in two", Header + Asked + "C0", DnsFault.Truncated)]
    [InlineData("a label of kind 01", Header + Asked + "410000010001000000000004C0000201", DnsFault.LabelKind)]
    [InlineData("a label of kind 10", Header + Asked + "810000010001000000000004C0000201", DnsFault.LabelKind)]
    [InlineData("an address of three bytes", Header + Asked + "C00C00010001000000000003C00002", DnsFault.DataLength)]
    [InlineData("an address of five bytes", Header + Asked + "C00C00010001000000000005C000020100", DnsFault.DataLength)]
    [InlineData("data longer than the message", Header + Asked + "C00C00010001000000000010C0000201", DnsFault.Truncated)]
    [InlineData("a name in data that goes on behind it", Header + Asked + "C00C0005000100000000000201" + "6200", DnsFault.DataLength)]
    [InlineData("a text longer than its record", Header + Asked + "C00C00100001000000000003FF6162", DnsFault.DataLength)]
    [InlineData("bytes behind the last record", Header + Asked + "C00C00010001000000000004C000020100", DnsFault.TrailingBytes)]
    [InlineData("OPT among the answers", Header + Asked + "00002904D0000000000000", DnsFault.MisplacedOpt)]
    [InlineData("NSEC with an empty window", Header + Asked + "C00C002F0001000000000003000000", DnsFault.DataValue)]
    [InlineData("LOC of another version", Header + Asked + "C00C001D000100000000001001121613800000008000000000989680", DnsFault.DataValue)]
    [InlineData("HTTPS with keys out of order", Header + Asked + "C00C004100010000000000110001000003000201BB0001000302683200", DnsFault.DataValue)]
    [InlineData("HTTPS with a port of one byte", Header + Asked + "C00C00410001000000000008000100000300" + "0101", DnsFault.DataValue)]
    [InlineData("CAA without a tag", Header + Asked + "C00C010100010000000000020000", DnsFault.DataValue)]
    public void A_broken_message_is_refused(string what, string hex, DnsFault expected)
    {
        Assert.False(DnsMessage.TryParse(Convert.FromHexString(hex), out _, out DnsError error), what);
        Assert.Equal(expected, error.Fault);
        // Where an OPT stands is a rule over records, not over bytes: its fields can be shown.
        Assert.Equal(expected == DnsFault.MisplacedOpt ? DnsFault.None : expected, DnsAnatomy.Of(Convert.FromHexString(hex)).Error.Fault);
    }

    [Fact]
    public void A_name_of_256_bytes_and_a_chain_of_pointers_are_refused()
    {
        string label = "3F" + string.Concat(Enumerable.Repeat("61", 63));
        byte[] tooLong = Convert.FromHexString("000001000001000000000000" + label + label + label + label + "0000010001");
        Assert.False(DnsMessage.TryParse(tooLong, out _, out DnsError error));
        Assert.Equal(DnsFault.NameTooLong, error.Fault);

        // The data of a record of an unknown type holds pointers, each to the one before it; a question behind would hop over all of them.
        var bytes = new List<byte>(Convert.FromHexString("000081800000000200000000" + "00FF000001" + "00000000"));
        bytes.AddRange([2, 0]);
        int at = bytes.Count;
        bytes.AddRange([0, 0]);
        for (int i = 2; i < 512; i += 2)
            bytes.AddRange([(byte)(0xC0 | (at + i - 2) >> 8), (byte)(at + i - 2)]);
        int last = bytes.Count - 2;
        bytes.AddRange([(byte)(0xC0 | last >> 8), (byte)last, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
        Assert.False(DnsMessage.TryParse(bytes.ToArray(), out _, out error));
        Assert.Equal(DnsFault.TooManyPointers, error.Fault);
    }
}
