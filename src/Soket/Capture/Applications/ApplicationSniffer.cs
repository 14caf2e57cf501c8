namespace Soket.Capture.Applications;

/// <summary>Tells which protocol a direction begins to speak. By its bytes, wherever it is spoken; a port number alone names none.</summary>
internal static class ApplicationSniffer
{
    private const int LongestLine = 8192;

    /// <summary>The decoder for what begins here; null where it is none that is known.</summary>
    /// <param name="bytes">The first bytes.</param>
    /// <param name="conversation">Where they were said.</param>
    /// <param name="fromInitiator">By whom.</param>
    /// <param name="first">Whether they are the first of the connection in this direction.</param>
    /// <param name="needsMore">Whether more bytes could tell.</param>
    public static ApplicationDecoder? Find(ReadOnlySpan<byte> bytes, Conversation conversation, bool fromInitiator, bool first, out bool needsMore)
    {
        needsMore = false;
        if (TlsDecoder.Begins(bytes, out bool tls))
            return new TlsDecoder();
        needsMore |= tls;
        if (HttpDecoder.Begins(bytes[..Math.Min(LongestLine, bytes.Length)], out bool isRequest, out bool http))
            return new HttpDecoder(clientIsInitiator: fromInitiator == isRequest);
        needsMore |= http && bytes.Length < LongestLine;
        bool port = DnsDecoder.IsPort(conversation.Initiator.Port) || DnsDecoder.IsPort(conversation.Responder.Port);
        if (port || first)
        {
            if (DnsDecoder.Begins(bytes, port, out bool dns))
                return new DnsDecoder();
            needsMore |= port && dns;
        }

        return null;
    }
}
