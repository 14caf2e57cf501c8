using System.Buffers;

namespace Soket.Services;

/// <summary>
/// A message service that knows its own replies when it sees them. Two such services that answer each other's answers would never end; on
/// datagrams, where a sender's address can be forged, what looks like an own reply is not answered.
/// </summary>
public interface IReplyRecognizer
{
    /// <summary>Whether a message looks like what this service, or another one of its kind, replies. No client sends this.</summary>
    /// <param name="message">The message, lent for the time of the call.</param>
    bool IsOwnReply(in ReadOnlySequence<byte> message);
}
