namespace Soket.Protocols.Tls;

/// <summary>Whether a handshake went on with a session from before. It stands in the hellos, which are not encrypted. Pure.</summary>
public static class TlsResumption
{
    /// <summary>Looks at the beginnings of both directions.</summary>
    /// <param name="client">What the client sent, from its first record on.</param>
    /// <param name="server">What the server sent, from its first record on.</param>
    /// <returns>Whether the server took the session; null when the hellos are not whole, or none.</returns>
    /// <remarks>TLS 1.3: the server answers pre_shared_key (RFC 8446 2.2). TLS 1.2: it gives the client's session back (RFC 5246 7.4.1.3, RFC 5077 3.4).</remarks>
    public static bool? IsResumed(ReadOnlySpan<byte> client, ReadOnlySpan<byte> server)
    {
        while (TryNextHello(ref server, TlsHandshakeType.ServerHello, out ReadOnlySpan<byte> body))
        {
            if (!TlsServerHello.TryParse(body, out TlsServerHello? chosen))
                return null;
            if (chosen.IsRetry)
                continue;
            if (chosen.Version.Code >= TlsVersion.Tls13.Code)
                return chosen.TakesPreSharedKey;
            if (!TryNextHello(ref client, TlsHandshakeType.ClientHello, out body) || !TlsClientHello.TryParse(body, out TlsClientHello? asked))
                return null;
            return asked.Session.Length > 0 && asked.Session.Span.SequenceEqual(chosen.Session.Span);
        }

        return null;
    }

    // A hello in a record of its own, or at the beginning of one; records of other kinds are passed over.
    private static bool TryNextHello(ref ReadOnlySpan<byte> records, TlsHandshakeType type, out ReadOnlySpan<byte> body)
    {
        body = default;
        while (TlsRecordHeader.TryParse(records, out TlsRecordHeader header))
        {
            ReadOnlySpan<byte> content = records[TlsRecordHeader.Size..];
            content = content[..Math.Min(header.Length, content.Length)];
            records = records[(TlsRecordHeader.Size + content.Length)..];
            if (header.Type != TlsContentType.Handshake)
                continue;
            var cursor = new TlsCursor(content);
            bool found = (TlsHandshakeType)cursor.U8() == type;
            body = cursor.Take(cursor.U24());
            return found && !cursor.Failed;
        }

        return false;
    }
}
