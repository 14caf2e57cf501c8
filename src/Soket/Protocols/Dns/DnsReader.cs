namespace Soket.Protocols.Dns;

/// <summary>
/// Reads a message where it lies: header, questions, records, in their order. Nothing is allocated; a record's data is made into what it says by
/// <see cref="DnsRecordView.TryGetRecord"/> only when somebody wants it.
/// </summary>
public ref struct DnsReader
{
    private readonly ReadOnlySpan<byte> _message;
    private DnsCursor _cursor;
    private int _questions;
    private int _records;

    /// <summary>Begins to read.</summary>
    /// <param name="message">The message from its first byte to its last.</param>
    public DnsReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _cursor = new(message, DnsHeader.Length, message.Length);
        if (!DnsHeader.TryParse(message, out DnsHeader header))
            _cursor.Fail(DnsFault.ShortHeader, message.Length);
        Header = header;
    }

    /// <summary>The header.</summary>
    public DnsHeader Header { get; }

    /// <summary>What is wrong; nothing so far where its fault is <see cref="DnsFault.None"/>.</summary>
    public readonly DnsError Error => _cursor.Error;

    /// <summary>Where the next byte is.</summary>
    public readonly int Offset => _cursor.At;

    /// <summary>Reads the next question.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="queryClass">Its class.</param>
    /// <returns>False behind the last one, or when something is wrong.</returns>
    public bool TryReadQuestion(out DnsNameView name, out DnsType type, out DnsClass queryClass)
    {
        name = default;
        type = default;
        queryClass = default;
        if (_cursor.Failed || _questions == Header.Questions)
            return false;
        _questions++;
        name = _cursor.NameView();
        type = new(_cursor.U16("type"));
        queryClass = new(_cursor.U16("class"));
        return !_cursor.Failed;
    }

    /// <summary>Reads the next record; questions that were not read are skipped.</summary>
    /// <param name="record">The record.</param>
    /// <returns>False behind the last one, or when something is wrong.</returns>
    public bool TryReadRecord(out DnsRecordView record)
    {
        record = default;
        while (TryReadQuestion(out _, out _, out _))
        {
        }

        int answers = Header.Answers, authorities = answers + Header.Authorities, all = authorities + Header.Additionals;
        if (_cursor.Failed || _records == all)
            return false;
        DnsSection section = _records < answers ? DnsSection.Answer : _records < authorities ? DnsSection.Authority : DnsSection.Additional;
        _records++;
        DnsNameView name = _cursor.NameView();
        var type = new DnsType(_cursor.U16("type"));
        var recordClass = new DnsClass(_cursor.U16("class"));
        uint ttl = _cursor.U32("ttl");
        int length = _cursor.U16("length");
        int at = _cursor.At;
        _cursor.Take(length);
        if (_cursor.Failed)
            return false;
        record = new(_message, section, name, type, recordClass, ttl, at, length);
        return true;
    }
}

/// <summary>A record where it stands in a message.</summary>
public readonly ref struct DnsRecordView
{
    private readonly ReadOnlySpan<byte> _message;

    internal DnsRecordView(ReadOnlySpan<byte> message, DnsSection section, DnsNameView name, DnsType type, DnsClass recordClass, uint ttl, int offset, int length)
    {
        _message = message;
        Section = section;
        Name = name;
        Type = type;
        Class = recordClass;
        Ttl = ttl;
        DataOffset = offset;
        DataLength = length;
    }

    /// <summary>The part of the message it stands in.</summary>
    public DnsSection Section { get; }

    /// <summary>Whose it is.</summary>
    public DnsNameView Name { get; }

    /// <summary>Its type.</summary>
    public DnsType Type { get; }

    /// <summary>Its class.</summary>
    public DnsClass Class { get; }

    /// <summary>How long it may be kept, seconds.</summary>
    public uint Ttl { get; }

    /// <summary>Where its data begins in the message.</summary>
    public int DataOffset { get; }

    /// <summary>How many bytes its data has.</summary>
    public int DataLength { get; }

    /// <summary>Its data as it is; names in it may be compressed.</summary>
    public ReadOnlySpan<byte> Data => _message.Slice(DataOffset, DataLength);

    /// <summary>The record on its own.</summary>
    /// <param name="record">The record.</param>
    /// <param name="error">What is wrong with its data.</param>
    public bool TryGetRecord([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DnsRecord? record, out DnsError error)
    {
        var cursor = new DnsCursor(_message, DataOffset, DataOffset + DataLength) { InData = true };
        DnsData data = DnsDataTable.ReadData(Type, ref cursor);
        error = cursor.Error;
        record = cursor.Failed ? null : new(Name.ToName(), Type, Class, Ttl, data);
        return record is not null;
    }
}
