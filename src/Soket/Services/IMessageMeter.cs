namespace Soket.Services;

/// <summary>Counts what message services do, for whoever hosts them. Called from many connections at once; it neither blocks nor throws.</summary>
public interface IMessageMeter
{
    /// <summary>A message was taken, and answered or not.</summary>
    /// <param name="received">Its length, bytes, without what the framing adds.</param>
    /// <param name="sent">Bytes put on the way in answer, with what the framing adds; 0 for none.</param>
    void Message(long received, long sent);

    /// <summary>
    /// A connection holds more than its free share: a message that is not whole yet, replies its peer does not read. Asked before it waits with them.
    /// </summary>
    /// <param name="change">Bytes by which what it holds has grown; negative when it has shrunk, which is always taken.</param>
    /// <returns>Whether it may; when not, the connection is ended.</returns>
    bool TryHold(long change) => true;

    /// <summary>A datagram was refused by a rule, and so is no message.</summary>
    void Refused()
    {
    }
}
