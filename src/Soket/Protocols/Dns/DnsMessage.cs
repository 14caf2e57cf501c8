using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Soket.Protocols.Dns;

/// <summary>A message, query or reply, whole (RFC 1035 4).</summary>
public sealed record DnsMessage
{
    /// <summary>The longest message, bytes: the length before one on a stream has sixteen bits.</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>What a reply repeats.</summary>
    public ushort Id { get; init; }

    /// <summary>The flags.</summary>
    public DnsHeaderBits Flags { get; init; }

    /// <summary>The kind of query, 0 to 15; 0 is the usual one.</summary>
    public byte Opcode { get; init; }

    /// <summary>The response code, with the bits that EDNS adds.</summary>
    public DnsRcode Rcode { get; init; }

    /// <summary>What is asked; one question in practice.</summary>
    public IReadOnlyList<DnsQuestion> Questions { get; init; } = [];

    /// <summary>The answer.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; init; } = [];

    /// <summary>Who can tell, or why there is nothing.</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; init; } = [];

    /// <summary>What may be of use; without the OPT record, which is <see cref="Edns"/>.</summary>
    public IReadOnlyList<DnsRecord> Additionals { get; init; } = [];

    /// <summary>What EDNS says; null without it.</summary>
    public Edns? Edns { get; init; }

    /// <summary>Whether it is a reply.</summary>
    public bool IsResponse => (Flags & DnsHeaderBits.Response) != 0;

    /// <summary>
    /// Reads a message. A name may be 128 times as long as the two bytes that point to it, so a message of the greatest length may need some
    /// megabytes; a longer one is refused.
    /// </summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="message">The message.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DnsMessage? message, out DnsError error)
    {
        message = null;
        if (bytes.Length > MaxLength)
        {
            error = new(DnsFault.TrailingBytes, MaxLength);
            return false;
        }

        var reader = new DnsReader(bytes);
        var questions = new List<DnsQuestion>();
        while (reader.TryReadQuestion(out DnsNameView name, out DnsType type, out DnsClass queryClass))
            questions.Add(new(name.ToName(), type, queryClass));
        List<DnsRecord> answers = [], authorities = [], additionals = [];
        Edns? edns = null;
        while (reader.TryReadRecord(out DnsRecordView view))
        {
            if (!view.TryGetRecord(out DnsRecord? record, out error))
                return false;
            if (record.Type == DnsType.Opt)
            {
                if (edns is not null || view.Section != DnsSection.Additional || record.Name.Wire.Length != 1)
                {
                    error = new(DnsFault.MisplacedOpt, view.Name.Offset);
                    return false;
                }

                edns = Edns.From(record);
                continue;
            }

            (view.Section switch { DnsSection.Answer => answers, DnsSection.Authority => authorities, _ => additionals }).Add(record);
        }

        error = reader.Error;
        if (error.Fault == DnsFault.None && reader.Offset < bytes.Length)
            error = new(DnsFault.TrailingBytes, reader.Offset);
        if (error.Fault != DnsFault.None)
            return false;
        DnsHeader header = reader.Header;
        message = new()
        {
            Id = header.Id,
            Flags = header.Flags,
            Opcode = header.Opcode,
            Rcode = new((ushort)(header.Rcode.Code | (edns?.ExtendedRcode ?? 0) << 4)),
            Questions = questions,
            Answers = answers,
            Authorities = authorities,
            Additionals = additionals,
            Edns = edns,
        };
        return true;
    }

    /// <summary>Writes it, names compressed.</summary>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="InvalidOperationException">It is longer than a message may be, or its response code needs EDNS.</exception>
    public void Write(IBufferWriter<byte> output) => output.Write(ToBytes());

    /// <summary>The message as bytes, names compressed.</summary>
    /// <exception cref="InvalidOperationException">It is longer than a message may be, or its response code needs EDNS.</exception>
    public byte[] ToBytes() => TryToBytes(MaxLength) ?? throw new InvalidOperationException($"The message is longer than {MaxLength} bytes.");

    /// <summary>The message as bytes, names compressed, where they are not too many.</summary>
    /// <param name="limit">The most bytes it may have, up to <see cref="MaxLength"/>.</param>
    /// <returns>The bytes; null where it is longer.</returns>
    /// <exception cref="InvalidOperationException">Its response code needs EDNS.</exception>
    public byte[]? TryToBytes(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLength);
        if (Rcode.Code > 0xF && Edns is null)
            throw new InvalidOperationException($"{Rcode} has more than four bits: it needs EDNS.");
        var writer = new DnsWriter();
        writer.U16(Id);
        writer.U16(((int)Flags & DnsHeader.AllFlags) | (Opcode & 0xF) << 11 | Rcode.Code & 0xF);
        writer.U16(Questions.Count);
        writer.U16(Answers.Count);
        writer.U16(Authorities.Count);
        writer.U16(Additionals.Count + (Edns is null ? 0 : 1));
        foreach (DnsQuestion question in Questions)
        {
            writer.Name(question.Name);
            writer.U16(question.Type.Code);
            writer.U16(question.Class.Code);
        }

        IEnumerable<DnsRecord> records = Answers.Concat(Authorities).Concat(Additionals);
        foreach (DnsRecord record in Edns is null ? records : records.Append((Edns with { ExtendedRcode = (byte)(Rcode.Code >> 4) }).ToRecord()))
        {
            writer.Name(record.Name);
            writer.U16(record.Type.Code);
            writer.U16(record.Class.Code);
            writer.U32(record.Ttl);
            writer.Data(record.Data);
            if (writer.Length > limit)
                return null;
        }

        return writer.Length > limit ? null : writer.Written.ToArray();
    }
}
