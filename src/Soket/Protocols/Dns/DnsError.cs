namespace Soket.Protocols.Dns;

/// <summary>What is wrong with a message, or with the text of a name or a record.</summary>
public enum DnsFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The message ends before its twelve bytes of header do.</summary>
    ShortHeader,

    /// <summary>The message ends in the middle of a name, a question or a record.</summary>
    Truncated,

    /// <summary>A name is longer than 255 bytes (RFC 1035 3.1).</summary>
    NameTooLong,

    /// <summary>A label is longer than 63 bytes, or empty.</summary>
    LabelLength,

    /// <summary>A label's first two bits are 01 or 10, which stand for nothing (RFC 6891 5).</summary>
    LabelKind,

    /// <summary>A compression pointer points into the header, or to what comes after it: to a prior place only (RFC 1035 4.1.4).</summary>
    PointerForward,

    /// <summary>A compression pointer points into the very name it stands in, so that the name would never end.</summary>
    PointerLoop,

    /// <summary>A name hops over more pointers than it can have labels.</summary>
    TooManyPointers,

    /// <summary>A record's data is shorter or longer than its length says.</summary>
    DataLength,

    /// <summary>A record's data holds a value that its type does not allow.</summary>
    DataValue,

    /// <summary>More than one OPT record, one with a name, or one outside the additional section (RFC 6891 6.1.1).</summary>
    MisplacedOpt,

    /// <summary>Bytes are left after the last record.</summary>
    TrailingBytes,

    /// <summary>A text in presentation form is not what it should be.</summary>
    Text,
}

/// <summary>What is wrong, and where.</summary>
/// <param name="Fault">What.</param>
/// <param name="Offset">The place in the message, or in the text, from 0.</param>
public readonly record struct DnsError(DnsFault Fault, int Offset);
