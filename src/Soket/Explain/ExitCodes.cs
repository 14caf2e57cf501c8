namespace Soket.Explain;

/// <summary>
/// How a command ends. Where curl(1) has the meaning its number is used; Soket's own begin at 110. Described in docs/exit-codes.md, which a
/// test holds equal to this table.
/// </summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A network failure that has no number of its own.</summary>
    public const int Failed = 1;

    /// <summary>The command was written wrongly.</summary>
    public const int Usage = 2;

    /// <summary>A name could not be turned into an address.</summary>
    public const int NotResolved = 6;

    /// <summary>Refused, or no way to get there.</summary>
    public const int NotConnected = 7;

    /// <summary>The peer answered with what its protocol does not allow (curl: weird server reply).</summary>
    public const int WeirdReply = 8;

    /// <summary>An answer ended before all of it had come (curl: partial file).</summary>
    public const int EndedEarly = 18;

    /// <summary>The server refused the request with an HTTP status (curl: HTTP page not retrieved).</summary>
    public const int HttpRefused = 22;

    /// <summary>What had to be written (standard output, a file) could not be.</summary>
    public const int NotWritten = 23;

    /// <summary>Time ran out.</summary>
    public const int TimedOut = 28;

    /// <summary>The server does not go on where it was asked to (curl: range error).</summary>
    public const int NoRange = 33;

    /// <summary>The TLS handshake failed.</summary>
    public const int TlsHandshake = 35;

    /// <summary>A redirect is not followed: too many, unsafe, or none (curl: too many redirects).</summary>
    public const int Redirects = 47;

    /// <summary>The peer closed without answering.</summary>
    public const int NotAnswered = 52;

    /// <summary>The connection was reset, or receiving or sending on it failed.</summary>
    public const int ConnectionLost = 56;

    /// <summary>The peer's certificate was not accepted.</summary>
    public const int NotTrusted = 60;

    /// <summary>A compressed body cannot be unpacked (curl: bad content encoding).</summary>
    public const int BadEncoding = 61;

    /// <summary>A body is larger than it may be (curl: file size exceeded).</summary>
    public const int BodyTooLarge = 63;

    /// <summary>TLS was asked for on a plain connection (STARTTLS), and the server would not (curl: requested SSL level failed).</summary>
    public const int StartTlsFailed = 64;

    /// <summary>A proxy did not make the connection (curl: proxy handshake error).</summary>
    public const int ProxyFailed = 97;

    /// <summary>The address is in use.</summary>
    public const int AddressInUse = 110;

    /// <summary>Permission denied.</summary>
    public const int PermissionDenied = 111;

    /// <summary>An assertion did not hold.</summary>
    public const int AssertionFailed = 112;

    /// <summary>The address is not one of this machine's.</summary>
    public const int AddressNotAvailable = 113;

    /// <summary>Too many open files.</summary>
    public const int TooManyOpenFiles = 114;

    /// <summary>A message or datagram is too large.</summary>
    public const int TooLarge = 115;

    /// <summary>A limit on connections was reached.</summary>
    public const int LimitReached = 116;

    /// <summary>A rule does not allow the peer.</summary>
    public const int DeniedByRule = 117;

    /// <summary>This system or this kind of socket lacks the option, protocol or address family.</summary>
    public const int NotSupported = 118;

    /// <summary>The name exists, but has no record of the type.</summary>
    public const int NoData = 119;

    /// <summary>A name server failed.</summary>
    public const int NameServerFailed = 120;

    /// <summary>A name server refuses the query.</summary>
    public const int QueryRefused = 121;

    /// <summary>A name server pointed to others instead of answering.</summary>
    public const int Referred = 122;

    /// <summary>A client was interrupted (SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of standard output went away (SIGPIPE).</summary>
    public const int BrokenOutput = 141;

    /// <summary>Every exit code, with the key of its text.</summary>
    public static IReadOnlyList<(int Number, string Key)> All { get; } =
    [
        (Done, "done"), (Failed, "failed"), (Usage, "usage"), (NotResolved, "not-resolved"), (NotConnected, "not-connected"), (WeirdReply, "weird-reply"), (EndedEarly, "ended-early"), (HttpRefused, "http-refused"), (NotWritten, "not-written"), (TimedOut, "timed-out"),
        (NoRange, "no-range"), (TlsHandshake, "tls-handshake"), (Redirects, "redirects"), (NotAnswered, "not-answered"), (ConnectionLost, "connection-lost"), (NotTrusted, "not-trusted"), (BadEncoding, "bad-encoding"), (BodyTooLarge, "body-too-large"), (StartTlsFailed, "starttls-failed"), (ProxyFailed, "proxy-failed"), (AddressInUse, "address-in-use"),
        (PermissionDenied, "permission-denied"), (AssertionFailed, "assertion-failed"), (AddressNotAvailable, "address-not-available"),
        (TooManyOpenFiles, "too-many-open-files"), (TooLarge, "too-large"), (LimitReached, "limit-reached"), (DeniedByRule, "denied-by-rule"),
        (NotSupported, "not-supported"), (NoData, "no-data"), (NameServerFailed, "server-failed"), (QueryRefused, "query-refused"), (Referred, "referred"), (Interrupted, "interrupted"), (BrokenOutput, "broken-output"),
    ];

    /// <summary>What an exit code means.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No command ends with it.</exception>
    public static string Describe(int number, Languages.Language language)
    {
        foreach ((int candidate, string key) in All)
        {
            if (candidate == number)
                return Internal.Catalogue.Texts.Get(language, "exit." + key);
        }

        throw new ArgumentOutOfRangeException(nameof(number), number, null);
    }
}
