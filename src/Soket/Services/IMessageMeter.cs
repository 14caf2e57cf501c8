namespace Soket.Services;

/// <summary>Counts what message services do, for whoever hosts them. Called from many connections at once; it neither blocks nor throws.</summary>
public interface IMessageMeter
{
    /// <summary>A message was taken, and answered or not.</summary>
    /// <param name="received">Its length, bytes, without what the framing adds.</param>
    /// <param name="sent">Bytes put on the way in answer, with what the framing adds; 0 for none.</param>
    void Message(long received, long sent);

    /// <summary>A datagram was refused by a rule, and so is no message.</summary>
    void Refused()
    {
    }
}
