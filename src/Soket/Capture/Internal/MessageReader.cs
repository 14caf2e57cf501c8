using Soket.Capture.Applications;

namespace Soket.Capture.Internal;

/// <summary>Finds the messages of an application in both directions of a connection: which protocol it is shows in its first bytes.</summary>
internal sealed class MessageReader(Conversation conversation)
{
    private ApplicationDecoder? _decoder;
    private bool _initiatorLost;
    private bool _responderLost;
    private bool _stopped;

    /// <summary>The protocol that was found last; null where none was.</summary>
    public string? Protocol { get; private set; }

    public void Stop() => (_decoder, _stopped) = (null, true);

    /// <summary>Bytes are missing in a direction.</summary>
    public void Lost(bool fromInitiator)
    {
        if (_decoder is null || _decoder.Lost(fromInitiator))
            return;
        _initiatorLost |= fromInitiator;
        _responderLost |= !fromInitiator;
    }

    /// <summary>Reads what has come.</summary>
    /// <param name="stream">The direction's stream; what was read is taken off it.</param>
    /// <param name="fromInitiator">The direction.</param>
    /// <param name="ended">Whether nothing follows.</param>
    /// <param name="found">The messages that ended.</param>
    public void Read(TcpStream stream, bool fromInitiator, bool ended, List<ApplicationMessage> found)
    {
        // While bytes pass by unread, the message they belong to has not ended.
        while (stream.Passing == 0 && ReadOn(stream, fromInitiator, ended, found))
        {
        }
    }

    private bool ReadOn(TcpStream stream, bool fromInitiator, bool ended, List<ApplicationMessage> found)
    {
        ReadOnlyMemory<byte> ready = stream.Ready;
        if (_stopped || (_decoder is not null && (fromInitiator ? _initiatorLost : _responderLost)))
        {
            stream.Take(ready.Length);
            return false;
        }

        if (_decoder is null)
        {
            if (ready.IsEmpty)
                return false;
            Change(ApplicationSniffer.Find(ready.Span, conversation, fromInitiator, stream.Taken <= 1, out bool needsMore));
            if (_decoder is null)
            {
                // A protocol that is not known, or one that has not begun yet: STARTTLS comes after a conversation in another one.
                if (!needsMore || ended || stream.IsUnread)
                    stream.Take(ready.Length);
                return false;
            }
        }

        long read = _decoder!.Read(fromInitiator, ready, ended, found);
        Protocol = _decoder.Protocol;
        if (_decoder.IsDone)
            Change(_decoder.Next);
        if (read < 0 || (read == 0 && stream.IsUnread))
        {
            // It is not what it seemed.
            Change(null);
            stream.Take(ready.Length);
            return false;
        }

        stream.Take(read);
        return read > 0;
    }

    private void Change(ApplicationDecoder? decoder) => (_decoder, _initiatorLost, _responderLost) = (decoder, false, false);
}
