namespace Soket.Protocols.Http1;

/// <summary>What is wrong with a head.</summary>
public enum HttpHeadError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The first line is not one of HTTP at all.</summary>
    NotHttp,

    /// <summary>The first line is HTTP's, but wrong: a space too many, a target that is none.</summary>
    StartLine,

    /// <summary>The version is not HTTP/1.x.</summary>
    Version,

    /// <summary>A line ends without CR LF, or a CR stands alone in it (RFC 9112 2.2).</summary>
    LineEnd,

    /// <summary>A field goes on on the next line (obs-fold, RFC 9112 5.2).</summary>
    Folded,

    /// <summary>A field's name is no token, or is not followed by its colon at once (RFC 9112 5.1).</summary>
    FieldName,

    /// <summary>A field's value holds a control character.</summary>
    FieldValue,

    /// <summary>The head is longer than it may be.</summary>
    TooLarge,

    /// <summary>There are more fields than there may be.</summary>
    TooManyFields,
}
